"""What happens to a connection while it is opened; two things that the HTTP library leaves undone.

It tells of its steps to whom a request names as its ``trace``. That one makes the system look after connections that
are quiet: a call without a deadline would wait for ever for a machine that has vanished without a word. And it closes
a connection whose opening is cancelled half way, in the TLS handshake.
"""

from typing import Any, Final

import trio

_QUIET: Final = 30
"""Seconds of silence before the system asks the other side whether it is there."""
_EVERY: Final = 10
"""Seconds between one question and the next."""
_QUESTIONS: Final = 3
"""How many may stay without an answer."""
_BROKEN_OFF: Final = (".start_tls.failed", ".setup_socks5_connection.failed")


class Opening:
    """Sees how the connection of one request is opened."""

    def __init__(self) -> None:
        self._stream: Any = None  # Any: the HTTP library's own, which it does not show

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        """Be told of a step."""
        if event.endswith(".connect_tcp.complete"):
            self._stream = info["return_value"]
            keep_alive(self._stream.get_extra_info("socket"))
        elif event.endswith(_BROKEN_OFF) and self._stream is not None:
            with trio.CancelScope(shield=True):
                await self._stream.aclose()


def keep_alive(socket: trio.socket.SocketType) -> None:
    """Have the system notice within a minute that nobody is at the other end of *socket* any more."""
    socket.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", _QUIET), ("TCP_KEEPINTVL", _EVERY), ("TCP_KEEPCNT", _QUESTIONS)):
        # Not every system lets a program choose.
        option = getattr(trio.socket, name, None)
        if option is not None:
            socket.setsockopt(trio.socket.IPPROTO_TCP, option, value)
