"""A server that plays a script, for what no well-behaved one does."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import attrs
import trio

CLOSE = None
"""In a script: close the connection."""
Part = bytes | trio.Event | None


@attrs.frozen
class Asked:
    """A request that came."""

    connection: int
    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@attrs.define
class Peer:
    """The server while it runs.

    Args:
      script: for each request in turn the parts of the answer; an event in it is waited for. What comes after the
        script is not answered.
    """

    port: int
    script: list[Sequence[Part]]
    requests: list[Asked] = attrs.field(factory=list)
    closed: list[int] = attrs.field(factory=list)
    """The connections that clients have closed."""
    connections: int = 0
    _changed: trio.Event = attrs.field(factory=trio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/there"

    async def until(self, condition) -> None:
        """Wait for what *condition* says of this peer."""
        while not condition(self):
            await self._changed.wait()

    async def handle(self, stream: trio.SocketStream) -> None:
        number = self.connections
        self.connections += 1
        self._tell()
        try:
            with suppress(trio.BrokenResourceError):
                while await self._answer(number, stream):
                    pass
        finally:
            self.closed.append(number)
            self._tell()

    async def _answer(self, number: int, stream: trio.SocketStream) -> bool:
        asked = await _request(number, stream)
        if asked is None:
            return False
        self.requests.append(asked)
        self._tell()
        if not self.script:
            await _until_closed(stream)
            return False
        for part in self.script.pop(0):
            if part is CLOSE:
                return False
            if isinstance(part, bytes):
                await stream.send_all(part)
            elif not await _is_set(part, stream):
                return False
        return True

    def _tell(self) -> None:
        self._changed.set()
        self._changed = trio.Event()


@asynccontextmanager
async def peer(*script: Sequence[Part]) -> AsyncGenerator[Peer, None]:
    """Play *script* for a block, in which nothing takes longer than ten seconds."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    played = Peer(listener.socket.getsockname()[1], list(script))
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_listeners, played.handle, [listener])
            yield played
            nursery.cancel_scope.cancel()


async def _request(number: int, stream: trio.SocketStream) -> Asked | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = await stream.receive_some()
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
    while len(body) < int(headers.get("content-length", 0)):
        piece = await stream.receive_some()
        if not piece:
            return None
        body += piece
    return Asked(number, line, headers, body)


async def _is_set(event: trio.Event, stream: trio.SocketStream) -> bool:
    """Wait for *event*, and return whether it came before the client closed the connection."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_wait, event, nursery.cancel_scope)
        await _until_closed(stream)
        nursery.cancel_scope.cancel()
    return event.is_set()


async def _wait(event: trio.Event, scope: trio.CancelScope) -> None:
    await event.wait()
    scope.cancel()


async def _until_closed(stream: trio.SocketStream) -> None:
    while await stream.receive_some():
        pass


def answer(value: object, status: str = "200 OK", *fields: str) -> bytes:
    """Return a whole answer with a body of JSON."""
    return raw_answer(json.dumps(value).encode(), status, *fields)


def raw_answer(body: bytes, status: str = "200 OK", *fields: str) -> bytes:
    """Return a whole answer."""
    head = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *fields]
    return "\r\n".join([*head, "", ""]).encode() + body


EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def piece(data: bytes) -> bytes:
    """Return a piece of a body whose length nobody knows."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(value: object) -> bytes:
    """Return a frame of a stream."""
    return piece(b"data: " + json.dumps(value).encode() + b"\n\n")
