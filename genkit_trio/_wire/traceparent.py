"""The header ``traceparent`` of W3C Trace Context: under which span of which trace a call is made.

https://www.w3.org/TR/trace-context/#traceparent-header
"""

import re
from typing import Final

import attrs

_VERSION_0: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_LATER: Final = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.{0,400})?")


@attrs.frozen
class TraceParent:
    """A span of another process."""

    trace_id: str
    """32 hexadecimal digits, not all zero."""
    span_id: str
    """16 hexadecimal digits, not all zero."""


def parse_traceparent(header: str | None) -> TraceParent | None:
    """Return what *header* names; `None` without one, and for one that cannot be read, as the standard wants it."""
    found = None if header is None else _VERSION_0.fullmatch(header) or _later(header)
    if found is None or not int(found[1], 16) or not int(found[2], 16):
        return None
    return TraceParent(found[1], found[2])


def format_traceparent(trace_id: str, span_id: str) -> str:
    """Write the header; the trace is marked as recorded."""
    return f"00-{trace_id}-{span_id}-01"


def _later(header: str) -> re.Match[str] | None:
    return None if header.startswith("00") else _LATER.fullmatch(header)
