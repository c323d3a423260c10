"""Timeouts as they cross the wire: ``X-Request-Timeout`` and ``grpc-timeout``."""

import re
from decimal import Decimal
from typing import Final

from .status import PublicError, Status
from .text import quoted

# Longer ones are no timeouts, and trio's clock arithmetic has to stay exact.
_MAX_SECONDS: Final = 1e9
_SECONDS = re.compile(r"-?[0-9]{1,16}(\.[0-9]{0,16})?|-?\.[0-9]{1,16}")
_GRPC = re.compile(r"([0-9]{1,8})([HMSmun])")
_GRPC_UNITS: Final = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}


def parse_timeout(request_timeout: str | None, grpc_timeout: str | None) -> float | None:
    """Give the seconds that the headers allow, the smaller when both are there.

    Zero and negative values are given as they are: the edge answers them with
    ``DEADLINE_EXCEEDED``.

    Args:
      request_timeout: the value of ``X-Request-Timeout``, decimal seconds.
      grpc_timeout: the value of ``grpc-timeout``, up to eight digits and a unit.

    Raises:
      PublicError: if a value cannot be read; the message names the header.
    """
    found: list[float] = []
    if request_timeout is not None:
        found.append(_plain_seconds(request_timeout.strip(" \t")))
    if grpc_timeout is not None:
        found.append(_grpc_seconds(grpc_timeout.strip(" \t")))
    return min(found, default=None)


def format_timeout(seconds: float) -> str:
    """Write seconds for an outgoing ``X-Request-Timeout``: a plain decimal, to the microsecond.

    Raises:
      ValueError: if the number is not finite or too large to be a timeout.
    """
    if not abs(seconds) <= _MAX_SECONDS:
        raise ValueError(f"timeout {seconds!r} cannot be sent; use at most {_MAX_SECONDS:.0f} seconds")
    text = f"{Decimal(repr(float(seconds))):.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _plain_seconds(value: str) -> float:
    if not _SECONDS.fullmatch(value) or abs(seconds := float(value)) > _MAX_SECONDS:
        raise _refused("X-Request-Timeout", value, "write decimal seconds such as '2.5'")
    return seconds


def _grpc_seconds(value: str) -> float:
    found = _GRPC.fullmatch(value)
    if not found or (seconds := int(found[1]) * _GRPC_UNITS[found[2]]) > _MAX_SECONDS:
        raise _refused("grpc-timeout", value, "write up to eight digits and a unit such as '500m'")
    return seconds


def _refused(header: str, value: str, advice: str) -> PublicError:
    return PublicError(Status.INVALID_ARGUMENT, f"header {header} is {quoted(value)}; {advice}")
