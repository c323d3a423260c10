"""A request that is not served: the HTTP status it gets, where that is not its error's own."""

import math
from typing import Final

from .._wire import Failure, PublicError, Status
from .messages import Headers


class Refusal(PublicError):
    """An error about the request itself, before any run.

    Args:
      http: the HTTP status.
      status, message: what the body says.
      headers: what goes along, such as ``Allow``.
      close: whether the connection is of no further use: the client is still sending.
    """

    def __init__(
        self, http: int, status: Status, message: str, *, headers: Headers | None = None, close: bool = False
    ) -> None:
        super().__init__(status, message)
        self.http: Final = http
        self.headers: Final[Headers] = ([] if headers is None else headers) + (
            [(b"connection", b"close")] if close else []
        )


def http_of(error: BaseException, failure: Failure) -> int:
    """Return the HTTP status for *error*, which *failure* was made of."""
    return error.http if isinstance(error, Refusal) else failure.status.http


def headers_of(error: BaseException, failure: Failure) -> Headers:
    """Return the headers that go with *error*, which *failure* was made of."""
    headers = list(error.headers) if isinstance(error, Refusal) else []
    if failure.retry_after is not None and math.isfinite(failure.retry_after):
        headers.append((b"retry-after", b"%d" % max(1, round(failure.retry_after))))
    return headers
