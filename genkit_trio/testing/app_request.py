"""A client in memory: one request to an ASGI application, the server's side of it, and how the client misbehaves.

No socket, no server, no port: the application is called as a server would call it, and everything happens in the
virtual time of the test. What a server may do is done: a disconnect is told once, also after every answer, and an
application that receives again after it waits for ever. What an application must not do is noted, and is an error in
the end.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Self, TypeAlias, TypedDict

import trio
from typing_extensions import Unpack

from .._core import open_nursery

AsgiApp: TypeAlias = Callable[..., Awaitable[object]]
"""An ASGI application: called with a scope, ``receive`` and ``send``."""

AsgiMessage: TypeAlias = Mapping[str, Any]  # Any: ASGI defines the values by their keys

JSON_HEADERS: Final[Mapping[str, str]] = {"content-type": "application/json"}
"""The headers of a request whose answer comes at once."""
STREAM_HEADERS: Final[Mapping[str, str]] = {**JSON_HEADERS, "accept": "text/event-stream"}
"""The headers of a request for a stream."""


class RequestOptions(TypedDict, total=False):
    """What a request can have beside its path and its input."""

    headers: Mapping[str, str]
    """By name; ``JSON_HEADERS`` by default."""
    method: str
    """``POST`` by default."""
    query: str
    """The query string."""
    parts: Sequence[bytes | trio.Event]
    """The body as it arrives, one message each, in place of ``{"data": …}``; an event is waited for before the next.

    The last bytes end the body, unless an event comes last: then it never ends.
    """
    on_send: Callable[[AsgiMessage], Awaitable[object]]
    """Awaited in each ``send()``, after the message was noted: whatever else a slow client makes the server wait for.

    It is not awaited once the client has gone.
    """
    raises_when_gone: bool
    """Whether ``send()`` to a client that has gone is an `OSError`, as ASGI 2.4 says, and not ignored, as it was."""
    scope: Mapping[str, object]
    """Further entries of ASGI's scope."""


class AppRequest:
    """One request to an ASGI application, and what came of it.

    Nothing happens before `play`, or `open_request`, gives it to an application.

    Args:
      path: the path.
      data: the input of a flow; it is sent as ``{"data": data}``, unless there are ``parts``.
      options: see `RequestOptions`.
    """

    def __init__(self, path: str, data: object = None, /, **options: Unpack[RequestOptions]) -> None:
        headers = options.get("headers", JSON_HEADERS)
        self.scope: Final[dict[str, Any]] = {
            "type": "http",
            "method": options.get("method", "POST"),
            "path": path,
            "query_string": options.get("query", "").encode(),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
            **options.get("scope", {}),
        }
        """ASGI's scope, for those who call the application themselves."""
        self.status = 0
        """The HTTP status of the answer, 0 until its head was sent."""
        self.headers: dict[str, str] = {}
        """The headers of the answer."""
        self.bodies: Final[list[bytes]] = []
        """The body of the answer, one item for each ``send()``."""
        self.ended = False
        """Whether the answer is complete."""
        self.offences: Final[list[str]] = []
        """What the application did against ASGI's rules; `check` raises them."""
        parts = options.get("parts")
        self._parts: Final = [json.dumps({"data": data}).encode()] if parts is None else list(parts)
        self._on_send: Final = options.get("on_send")
        self._raises: Final = options.get("raises_when_gone", False)
        self._is_told = trio.Event()  # set when receive() has, or would have, a disconnect to tell
        self._cut = trio.Event()  # set when the client has gone: nothing is sent to it any more
        self._told = False
        self._sending = False
        self._head_sent = False
        self._end_sent = False
        self._resumed = trio.Event()
        self._resumed.set()
        self._changed = trio.Event()
        self._frames_read = 0

    @property
    def body(self) -> bytes:
        """What has come of the answer's body."""
        return b"".join(self.bodies)

    @property
    def json(self) -> Any:
        """The body of the answer, as JSON."""
        return json.loads(self.body)

    @property
    def frames(self) -> list[dict[str, Any]]:
        """The frames of a stream that have come, without what is around them.

        Raises:
          ValueError: if the stream has anything but whole frames.
        """
        *frames, rest = self.body.split(b"\n\n")
        odd = [frame for frame in frames if not frame.startswith(b"data: ")] or [rest] * (rest != b"")
        if odd:
            raise ValueError(f"{odd[0]!r} is not a frame; frames are 'data: ' and JSON, with an empty line behind")
        return [json.loads(frame[6:]) for frame in frames]

    @property
    def error(self) -> tuple[int, str, str]:
        """The HTTP status, the status and the message of a failure."""
        return self.status, self.json["status"], self.json["message"]

    @property
    def unread(self) -> tuple[bytes | trio.Event, ...]:
        """The parts of the body that the application has not taken."""
        return tuple(self._parts)

    @property
    def is_gone(self) -> bool:
        """Whether the server has a disconnect to tell: the client has gone, or was answered."""
        return self._is_told.is_set()

    def disconnect(self) -> None:
        """Close the connection. The application is told; what it still sends comes to nobody."""
        self._is_told.set()
        self._cut.set()

    def half_close(self) -> None:
        """Close the sending side only. Servers tell it as a disconnect, but what is sent still comes."""
        self._is_told.set()

    def stall(self) -> None:
        """Stop reading: from now on each ``send()`` waits, as with a client whose buffers are full."""
        if self._resumed.is_set():
            self._resumed = trio.Event()

    def resume(self) -> None:
        """Read on after `stall`."""
        self._resumed.set()

    async def wait_body(self, size: int = 1) -> None:
        """Wait until so many bytes of the answer's body have come."""
        while len(self.body) < size:
            await self._changed.wait()

    async def wait_end(self) -> None:
        """Wait until the answer is complete."""
        while not self.ended:
            await self._changed.wait()

    async def next_frame(self) -> dict[str, Any]:
        """Wait for the next frame of the stream, and return it.

        Raises:
          trio.EndOfChannel: after the last.
        """
        while self.body.count(b"\n\n") <= self._frames_read:
            if self.ended:
                raise trio.EndOfChannel(f"the stream has ended after {self._frames_read} frames")
            await self._changed.wait()
        self._frames_read += 1
        frame: dict[str, Any] = json.loads(self.body.split(b"\n\n")[self._frames_read - 1].removeprefix(b"data: "))
        return frame

    async def play(self, app: AsgiApp) -> Self:
        """Give the request to *app*, wait until the application has returned, and `check` what it did."""
        await app(self.scope, self.receive, self.send)
        self.check()
        return self

    def check(self) -> None:
        """Hold the application, which has returned, to ASGI's rules.

        Raises:
          AssertionError: if it broke one.
        """
        if self._sending:
            self.offences.append("interrupted a send half way")
        if not self.ended and not self.is_gone:
            self.offences.append("did not answer a client that is there")
        length = self.headers.get("content-length")
        if self.ended and length is not None and int(length) != len(self.body):
            self.offences.append(f"announced {length} bytes, and sent {len(self.body)}")
        if self.offences:
            raise AssertionError(f"the application broke ASGI's rules: it {'; it '.join(self.offences)}")

    async def receive(self) -> dict[str, Any]:
        """Be ASGI's ``receive``."""
        if self._told:
            self.offences.append("received again after the disconnect")
            await trio.sleep_forever()
        while self._parts and isinstance(waited := self._parts[0], trio.Event):
            await _wait_either(waited, self._is_told)
            if self._is_told.is_set():
                return self._tell()
            self._parts.pop(0)
        await trio.lowlevel.checkpoint()
        if self._is_told.is_set() or not self._parts:
            await self._is_told.wait()
            return self._tell()
        return {"type": "http.request", "body": self._parts.pop(0), "more_body": bool(self._parts)}

    async def send(self, message: AsgiMessage) -> None:
        """Be ASGI's ``send``."""
        self._note(message)
        self._sending = True
        await trio.lowlevel.checkpoint()
        if not self._resumed.is_set():
            await _wait_either(self._resumed, self._cut)
        if self._cut.is_set():
            if self._raises:
                self._sending = False
                raise BrokenPipeError("the client has gone")
        elif self._on_send is not None:
            await self._on_send(message)
        self._sending = False
        if self._end_sent:
            # The server says so after every answer.
            self._is_told.set()

    def _note(self, message: AsgiMessage) -> None:
        if self._sending:
            self.offences.append("sent while a send was under way")
        if self._end_sent:
            self.offences.append(f"sent after the end: {message!r}")
        is_head = message["type"] == "http.response.start"
        if is_head == self._head_sent:
            self.offences.append(f"sent out of order: {message!r}")
        self._head_sent = True
        self._end_sent = not is_head and not message.get("more_body", False)
        if self._cut.is_set():
            return
        if is_head:
            self.status = message["status"]
            self.headers = {name.decode(): value.decode("latin-1") for name, value in message["headers"]}
        else:
            self.bodies.append(message.get("body", b""))
            self.ended = self._end_sent
        self._changed.set()
        self._changed = trio.Event()

    def _tell(self) -> dict[str, Any]:
        self._told = True
        return {"type": "http.disconnect"}


async def post(app: AsgiApp, path: str, data: object = None, /, **options: Unpack[RequestOptions]) -> AppRequest:
    """Send a request to *app*, and return it with its answer; the arguments are those of `AppRequest`."""
    return await AppRequest(path, data, **options).play(app)


@asynccontextmanager
async def open_request(
    app: AsgiApp, path: str, data: object = None, /, **options: Unpack[RequestOptions]
) -> AsyncGenerator[AppRequest, None]:
    """Send a request to *app*, and give it to a block that plays the client.

    The block may wait for frames, stall, go; the arguments are those of `AppRequest`. When it ends, this waits until
    the application has returned, and holds it to ASGI's rules. When it raises, the client goes, and the application
    is given the time to notice.

    Raises:
      AssertionError: if the application broke a rule.
    """
    request = AppRequest(path, data, **options)
    async with open_nursery() as nursery:
        nursery.start_soon(app, request.scope, request.receive, request.send, name=f"request {path}")
        try:
            yield request
        except BaseException:
            request.disconnect()
            raise
    request.check()


async def never(message: AsgiMessage) -> None:
    """Be the client that never reads, as ``on_send``."""
    await trio.sleep_forever()


async def _wait_either(event: trio.Event, other: trio.Event) -> None:
    async with trio.open_nursery() as nursery:
        for each in (event, other):
            nursery.start_soon(_cancel_after, each, nursery.cancel_scope)


async def _cancel_after(event: trio.Event, scope: trio.CancelScope) -> None:
    await event.wait()
    scope.cancel()
