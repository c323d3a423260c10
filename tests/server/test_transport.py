"""The socket of a connection, as it is closed."""

import socket

import trio

from genkit_trio._server import ServerLimits
from genkit_trio._server.transport import Transport


async def test_the_number_of_a_socket_is_given_up_before_the_socket_is_closed(monkeypatch):
    """Closing waits: meanwhile the number may be that of another connection, whose bytes a reader would take."""
    here, there = socket.socketpair()
    with there:
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(here))
        transport = Transport(stream, ServerLimits())
        assert transport.fd == stream.socket.fileno()
        close, numbers = stream.aclose, []

        async def aclose():
            numbers.append(transport.fd)
            await close()

        monkeypatch.setattr(stream, "aclose", aclose)
        await transport.close(is_unread=False)
        assert numbers == [-1]
        assert there.recv(1) == b""
