"""The frames of a streaming flow endpoint.

Clients cut six characters off each frame and parse the rest, so there is exactly one space, one
line of JSON and one blank line: no comments, no event names, no carriage returns.
"""

from typing import Final


def message_frame(payload: bytes) -> bytes:
    """Frame one chunk, which is already encoded as JSON."""
    return b'data: {"message":' + payload + b"}\n\n"


MESSAGE_OF_INT: Final = message_frame(b"%d")
"""What frames a whole number: there are streams of many."""


def result_frame(payload: bytes) -> bytes:
    """Frame the output, the terminal of a run that succeeded."""
    return b'data: {"result":' + payload + b"}\n\n"


def error_frame(payload: bytes, *, legacy: bool = False) -> bytes:
    """Frame the error, the terminal of a run that failed.

    Args:
      payload: what `error_payload` gives.
      legacy: write the field ``error:`` instead of ``data:``; Dart clients up to 0.17 know only that.
    """
    field = b"error: " if legacy else b"data: "
    return field + b'{"error":' + payload + b"}\n\n"
