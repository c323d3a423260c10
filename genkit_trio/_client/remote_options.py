"""How a remote action is reached."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    import httpx2

MAX_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of a whole answer, or of one frame of a stream."""


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@attrs.frozen(kw_only=True)
class RemoteOptions:
    """How a remote action is reached.

    Args:
      client: the HTTP client, with its certificates, proxies and authentication. It belongs to the caller, who closes
        it. Its timeout for reading is not used: a flow answers when it is done, and the deadline of the call bounds
        that. Over HTTP/2 it does not tell servers of a request that was given up, so leave it at HTTP/1.1.
      headers: what is sent with every request, such as ``{"authorization": …}``.
      context_header: the name of a header that carries the context of the caller's run, as JSON; by default the
        context does not leave the process.
      max_answer: bytes of a whole answer, or of one frame of a stream.

    Raises:
      ValueError: for a header that cannot be sent.
    """

    client: "httpx2.AsyncClient | None" = None
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_lowered)
    context_header: str | None = None
    max_answer: int = MAX_ANSWER

    def __attrs_post_init__(self) -> None:
        for name, value in self.headers.items():
            _check_name(name)
            if not (value.isascii() and value.replace("\t", " ").isprintable()):
                # Not shown: it may be a secret.
                raise ValueError(f"the value of the header {name!r} cannot be sent; use printable ASCII")
        if self.context_header is not None:
            _check_name(self.context_header)


def _check_name(name: str) -> None:
    if not name.isascii() or not name.replace("-", "a").replace("_", "a").isalnum():
        raise ValueError(f"{name!r} is no name of a header; use letters, digits, '-' and '_'")
