"""What the tests of HTTP/1.1 do as a client, and with what they make applications."""

import socket

import attrs
import h11
import trio

from tests.server.serving import echo, lifespan

START = {"type": "http.response.start", "status": 200, "headers": []}
END = {"type": "http.response.body", "body": b""}
RESET = b"\x01\x00\x00\x00\x00\x00\x00\x00"


@attrs.frozen
class Answer:
    """An answer as h11's client reads it."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


def answers(data: bytes, *methods: str) -> list[Answer]:
    """Read the answers to requests of *methods*; the bytes must be those answers and nothing else."""
    connection = h11.Connection(h11.CLIENT)
    connection.receive_data(data)
    read = []
    for method in methods or ("GET",):
        if read:
            connection.start_next_cycle()
        connection.send(h11.Request(method=method, target="/", headers=[("host", "test")]))
        connection.send(h11.EndOfMessage())
        read.append(_next_answer(connection))
    assert connection.trailing_data[0] == b""
    return read


def _next_answer(connection: h11.Connection) -> Answer:
    head, body = None, b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            # The server closes behind an answer without a length.
            connection.receive_data(b"")
        elif isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return Answer(head.status_code, dict(head.headers), body)


def application(handle):
    """Make an application that answers ``/echo`` as one does that works, and leaves the rest to *handle*."""

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif scope["type"] != "http" or scope["path"] == "/echo":
            await echo(scope, receive, send)
        else:
            await handle(scope, receive, send)

    return app


def part(body: bytes, *, more: bool = True):
    return {"type": "http.response.body", "body": body, "more_body": more}


async def reset(stream: trio.SocketStream) -> None:
    """Close the connection so that the server is told with a RST."""
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    await trio.aclose_forcefully(stream)


async def read_until(stream: trio.abc.ReceiveStream, end: bytes, patience: float = 5) -> bytes:
    """Return what comes up to and with *end*, which must come in time."""
    received = b""
    with trio.fail_after(patience):
        while not received.endswith(end):
            data = await stream.receive_some(65536)
            assert data, received
            received += data
    return received
