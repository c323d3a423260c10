"""A client in memory: plays one request against an ASGI application, and holds the application to ASGI's rules.

The server's side is played as Hypercorn plays it: a disconnect is told once, also after every answer, and whoever
receives again after it waits for ever.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import trio

JSON = {"content-type": "application/json"}
STREAM = {**JSON, "accept": "text/event-stream"}

OnSend = Callable[[Mapping[str, Any]], Awaitable[object]]


class Request:
    """One request, and what was answered.

    Args:
      path: the path.
      data: the input; it is sent as ``{"data": data}`` unless there are parts.
      headers: by name.
      method: the method.
      query: the query string.
      parts: the body as it arrives, one message each; an event is waited for before the next. The last bytes end
        the body, unless an event comes last: then it never ends.
      on_send: awaited in each ``send()``, after the message was noted: where a slow client makes the server wait.
      scope: further entries of ASGI's scope.
    """

    def __init__(
        self,
        path: str,
        data: object = None,
        *,
        headers: Mapping[str, str] = JSON,
        method: str = "POST",
        query: str = "",
        parts: Sequence[bytes | trio.Event] | None = None,
        on_send: OnSend | None = None,
        scope: Mapping[str, object] | None = None,
    ):
        self.scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
            **(scope or {}),
        }
        self.parts = [json.dumps({"data": data}).encode()] if parts is None else list(parts)
        self.on_send = on_send
        self.status = 0
        self.headers: dict[str, str] = {}
        self.bodies: list[bytes] = []
        self.ended = False
        self.offences: list[str] = []
        self.gone = trio.Event()
        self._told = False
        self._sending = False
        self._changed = trio.Event()

    @property
    def body(self) -> bytes:
        return b"".join(self.bodies)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def frames(self) -> list[dict[str, Any]]:
        """The frames of a stream, without what is around them."""
        *frames, rest = self.body.split(b"\n\n")
        assert rest == b""
        assert all(frame.startswith(b"data: ") for frame in frames)
        return [json.loads(frame[6:]) for frame in frames]

    @property
    def error(self) -> tuple[int, str, str]:
        """The HTTP status, the status and the message of a failure."""
        return self.status, self.json["status"], self.json["message"]

    def disconnect(self) -> None:
        """Close the connection."""
        self.gone.set()

    async def wait_body(self, size: int = 1) -> None:
        """Wait until so many bytes of the answer have come."""
        while len(self.body) < size:
            await self._changed.wait()

    async def wait_end(self) -> None:
        """Wait until the answer is complete."""
        while not self.ended:
            await self._changed.wait()

    async def play(self, app: Callable[..., Awaitable[object]]) -> "Request":
        """Send the request to *app*, wait until the application has returned, and check what it did."""
        await app(self.scope, self.receive, self.send)
        self.check()
        return self

    def check(self) -> None:
        """Hold the application to ASGI's rules."""
        assert self.offences == []
        assert not self._sending, "a send was interrupted half way"
        assert self.ended or self.gone.is_set(), "a client that is there was not answered"
        length = self.headers.get("content-length")
        assert length is None or not self.ended or int(length) == len(self.body)

    async def receive(self) -> dict[str, Any]:
        if self._told:
            self.offences.append("received again after the disconnect")
            await trio.sleep_forever()
        while self.parts and isinstance(waited := self.parts[0], trio.Event):
            await self._wait(waited)
            if self.gone.is_set():
                return self._tell()
            self.parts.pop(0)
        await trio.lowlevel.checkpoint()
        if self.gone.is_set() or not self.parts:
            await self.gone.wait()
            return self._tell()
        return {"type": "http.request", "body": self.parts.pop(0), "more_body": bool(self.parts)}

    async def send(self, message: Mapping[str, Any]) -> None:
        self._note(message)
        self._sending = True
        await trio.lowlevel.checkpoint()
        if self.on_send is not None:
            await self.on_send(message)
        self._sending = False
        if self.ended:
            # The server says so after every answer.
            self.gone.set()

    def _note(self, message: Mapping[str, Any]) -> None:
        if self._sending:
            self.offences.append("sent while a send was under way")
        if self.ended:
            self.offences.append(f"sent after the end: {message!r}")
        if (message["type"] == "http.response.start") == bool(self.status):
            self.offences.append(f"out of order: {message!r}")
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.bodies.append(message["body"])
            self.ended = not message["more_body"]
        self._changed.set()
        self._changed = trio.Event()

    async def _wait(self, event: trio.Event) -> None:
        async with trio.open_nursery() as nursery:
            for each in (event, self.gone):
                nursery.start_soon(self._wait_one, each, nursery.cancel_scope)

    async def _wait_one(self, event: trio.Event, scope: trio.CancelScope) -> None:
        await event.wait()
        scope.cancel()

    def _tell(self) -> dict[str, Any]:
        self._told = True
        return {"type": "http.disconnect"}


async def post(app: Callable[..., Awaitable[object]], path: str, data: object = None, **options: Any) -> Request:
    """Send a request, and return it with its answer."""
    return await Request(path, data, **options).play(app)


async def never(message: Mapping[str, Any]) -> None:
    """Be a client that does not read."""
    await trio.sleep_forever()
