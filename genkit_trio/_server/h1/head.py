"""The head of a request, and who is told of requests."""

from typing import NamedTuple, Protocol


class Head(NamedTuple):
    """The head of a request."""

    # Named tuples, because they are made for every request, in a third of the time of other frozen values.
    method: str
    target: bytes
    """Path and query; the origin of an absolute target is left out."""
    version: str
    headers: list[tuple[bytes, bytes]]
    """Names are in lower case."""
    keep_alive: bool
    """Whether the client wants to go on with the connection."""
    expects_continue: bool
    """Whether it waits for an invitation to send the body."""


class Sink(Protocol):
    """Who is told of requests."""

    def on_head(self, head: Head) -> None:
        """Take the head of the next request."""

    def on_body(self, data: bytes) -> None:
        """Take a part of its body."""

    def on_end(self) -> None:
        """Note its end."""

    def on_refused(self, status: int, reason: str) -> None:
        """Note that the bytes are no request that is served."""

    def on_handover(self, data: bytes) -> None:
        """Take the bytes of a request for another protocol; further ones are the receiver's."""
