"""Trace and span ids, as W3C Trace Context writes them: 32 and 16 lower-case hexadecimal digits."""

import os
import random

# A generator of our own: a program that seeds the global one must not repeat its trace ids.
_random = random.Random()  # ids need to be distinct, not secret
if hasattr(os, "register_at_fork"):  # pragma: no branch  # Windows has none
    os.register_at_fork(after_in_child=_random.seed)

_getrandbits = _random.getrandbits


def new_trace_id() -> str:
    """Return a fresh trace id: 32 hexadecimal digits, not all zero."""
    return f"{_getrandbits(128) or 1:032x}"


def new_span_id() -> str:
    """Return a fresh span id: 16 hexadecimal digits, not all zero."""
    return f"{_getrandbits(64) or 1:016x}"
