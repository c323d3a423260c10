"""HTTP/1.1 by Hypercorn and h11, stricter and in fewer writes.

Mends, each of which a test shows on the unpatched server:

* h11 0.16 accepts heads that other servers read differently: Content-Length beside Transfer-Encoding or twice, folded
  lines, bare line feeds, control characters, versions other than 1.0 and 1.1. Here they are refused, since the
  difference smuggles requests.
* Hypercorn 0.18 stops reading when bytes follow a request, and does not see a disconnect any more until it has
  answered. Here it reads on, up to a bound.
* Bytes behind the last request of a connection ended it before that request was answered. Here they are ignored.
* It begins the change to HTTP/2 before it knows whether the settings that go with it can be read. Here a request with
  settings that cannot is answered as what it is, one of HTTP/1.1.
* Head, body and end are separate writes there. Here the head waits for the body's first part.
"""

# Hypercorn's own annotations are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import h2.config
import h2.connection
import h2.exceptions
import h11
from hypercorn.events import Closed, RawData, Updated
from hypercorn.protocol.events import Body, Data, EndBody, Response
from hypercorn.protocol.events import Request as RequestEvent
from hypercorn.protocol.h11 import STREAM_ID, H11Protocol, H11WSConnection

from .http import Request, WebSocket

Reader = Callable[[Callable[[], Awaitable[None]]], Awaitable[tuple[bytes, bool]]]

_ODD: Final = re.compile(rb"(?<!\r)\n|\n[ \t]|\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""What no sound head holds: bare line feeds and carriage returns, folded lines, control characters."""
_LENGTHS: Final = re.compile(rb"\ncontent-length:[^\r]*(?:,|\r.*\ncontent-length:)", re.IGNORECASE | re.DOTALL)
"""More than one length, be they equal."""
_HOST: Final = re.compile(rb"[A-Za-z0-9._~:\[\]%!$&'()*+,;=-]*")
_VERSIONS: Final = frozenset({b"1.0", b"1.1"})
_ORIGIN: Final = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)
_SETTINGS: Final = re.compile(rb"(?:[A-Za-z0-9_-]{8})*")
"""Settings of HTTP/2 in base64: each of them is six bytes."""


class StrictH11(H11Protocol):
    """Hypercorn's H11Protocol, mended.

    Args:
      read_ahead: waits for the function it is given, and meanwhile reads the socket; returns what it has read, and
        whether the client has closed its side.
    """

    def __init__(self, *args: Any, read_ahead: Reader) -> None:
        super().__init__(*args)
        self._read_ahead: Final = read_ahead
        self._head = bytearray()
        self._held = bytearray()
        self._is_over = False

    @property
    def is_unread(self) -> bool:
        """Whether the client may still be sending a request that is answered already."""
        return isinstance(self.connection, h11.Connection) and self.connection.their_state is not h11.DONE

    async def handle(self, event: Any) -> None:
        """Take bytes from the socket, or its end."""
        if isinstance(event, RawData):
            if self._is_over or self.connection.their_state is h11.MUST_CLOSE:
                return
            if self._expects_head():
                self._head += event.data
        await super().handle(event)

    async def stream_send(self, event: Any) -> None:
        """Take a part of the answer. The head waits for the first part of the body, the body for its end."""
        if isinstance(event, Response) and event.status_code >= 200:
            self._held += self._encode_head(event)
        elif isinstance(event, Body):
            await self._send_h11_event(h11.Data(data=event.data))
        elif isinstance(event, EndBody):
            await self._send_h11_event(h11.EndOfMessage())
        else:
            await super().stream_send(event)

    def _encode_head(self, event: Response) -> bytes:
        headers = [*event.headers, *self.config.response_headers("h11")]
        if self.keep_alive_requests >= self.config.keep_alive_max_requests:
            headers.append((b"connection", b"close"))
        return self._encode(h11.Response(headers=headers, status_code=event.status_code))

    async def _send_h11_event(self, event: Any) -> None:
        self._held += self._encode(event)
        if self._held:
            data, self._held = bytes(self._held), bytearray()
            await self.send(RawData(data=data))

    def _encode(self, event: Any) -> bytes:
        try:
            data: bytes | None = self.connection.send(event)
        except h11.LocalProtocolError:
            if self.connection.their_state != h11.ERROR:
                raise
            return b""
        return data or b""

    async def _handle_events(self) -> None:
        while True:
            if self.connection.they_are_waiting_for_100_continue:
                headers = self.config.response_headers("h11")
                await self._send_h11_event(h11.InformationalResponse(status_code=100, headers=headers))
            try:
                event = self.connection.next_event()
            except h11.RemoteProtocolError as exc:
                await self._refuse(exc.error_status_hint)
                return
            if not await self._handle_event(event) or self.connection.their_state is h11.MUST_CLOSE:
                return

    async def _handle_event(self, event: Any) -> bool:
        """Act on one event of h11, and say whether to look for the next."""
        if isinstance(event, h11.Request):
            if status := self._objection_to(event):
                await self._refuse(status)
                return False
            await self.send(Updated(idle=False))
            await self._check_protocol(event)
            await self._create_stream(event)
            return True
        if event is h11.PAUSED:
            return await self._pause()
        if event is h11.NEED_DATA or isinstance(event, h11.ConnectionClosed) or self.stream is None:
            return False
        if isinstance(event, h11.Data):
            await self.stream.handle(Body(stream_id=STREAM_ID, data=event.data))
        elif isinstance(event, h11.EndOfMessage):
            await self.stream.handle(EndBody(stream_id=STREAM_ID))
        elif isinstance(event, Data):
            await self.stream.handle(event)
        return True

    async def _pause(self) -> bool:
        """Wait until the request is answered; bytes of the next one are there already."""
        self._head[:] = self.connection.trailing_data[0]
        await self.can_read.clear()
        data, has_closed = await self._read_ahead(self.can_read.wait)
        if data and isinstance(self.connection, h11.Connection):
            self._head += data
            self.connection.receive_data(data)
        if has_closed:
            await self.handle(Closed())
        return not has_closed and not self._is_over

    async def _maybe_recycle(self) -> None:
        await self._close_stream()
        if self._may_go_on():
            self.connection.start_next_cycle()
            await self.can_read.set()
            await self.send(Updated(idle=True))
        else:
            self._is_over = True
            await self.can_read.set()
            await self.send(Closed())

    def _may_go_on(self) -> bool:
        both = {self.connection.our_state, self.connection.their_state}
        return both == {h11.DONE} and not self.context.terminated.is_set()

    async def _check_protocol(self, event: h11.Request) -> None:
        headers = [(name.lower(), value) for name, value in event.headers]
        if any(name == b"upgrade" and value.strip().lower() == b"h2c" for name, value in headers):
            settings = [value for name, value in headers if name == b"http2-settings"]
            if len(settings) != 1 or not _are_settings(settings[0]):
                return
        await super()._check_protocol(event)

    async def _refuse(self, status: int) -> None:
        if self.connection.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            await self._send_error_response(status)
        await self.send(Closed())

    def _expects_head(self) -> bool:
        return isinstance(self.connection, h11.Connection) and self.connection.their_state is h11.IDLE

    def _objection_to(self, request: h11.Request) -> int:
        """Return the status with which *request* is refused, 0 if it is sound."""
        head, end, _ = bytes(self._head).partition(b"\r\n\r\n")
        self._head.clear()
        if request.http_version not in _VERSIONS:
            return 0 if head == b"PRI * HTTP/2.0" else 505
        if request.method == b"CONNECT":
            return 405  # an answer of 200 would make a tunnel of the connection
        if len(head) > self.config.h11_max_incomplete_size:
            return 431  # h11 measures what is incomplete, and this came at once
        names = [name.lower() for name, _ in request.headers]
        encoded = b"transfer-encoding" in names
        if not end or _ODD.search(head) or _LENGTHS.search(head):
            return 400
        if encoded and (b"content-length" in names or request.http_version < b"1.1"):
            return 400
        hosts = [value for name, value in request.headers if name.lower() == b"host"]
        return 0 if len(hosts) <= 1 and all(_HOST.fullmatch(host) for host in hosts) else 400

    async def _create_stream(self, request: h11.Request) -> None:
        parts = (self.app, self.config, self.context, self.task_group, self.ssl, self.client, self.server)
        if isinstance(self.connection, h11.Connection) and _wants_websocket(request):
            self.stream = WebSocket(*parts, self.stream_send, STREAM_ID)
            self.connection = H11WSConnection(self.connection)
        else:
            self.stream = Request(*parts, self.stream_send, STREAM_ID)
        raw = self.config.h11_pass_raw_headers
        await self.stream.handle(
            RequestEvent(
                stream_id=STREAM_ID,
                headers=request.headers.raw_items() if raw else list(request.headers),
                http_version=request.http_version.decode(),
                method=request.method.decode("ascii").upper(),
                raw_path=_ORIGIN.sub(b"", request.target, count=1) or b"/",
                state=self.connection_state,
            )
        )
        self.keep_alive_requests += 1
        await self.context.mark_request()


def _wants_websocket(request: h11.Request) -> bool:
    headers = {name.lower(): value.lower() for name, value in request.headers}
    tokens = [token.strip() for token in headers.get(b"connection", b"").split(b",")]
    return b"upgrade" in tokens and headers.get(b"upgrade", b"").strip() == b"websocket" and request.method == b"GET"


def _are_settings(value: bytes) -> bool:
    """Whether *value* is the content of a SETTINGS frame, as a request for an upgrade carries it."""
    if not _SETTINGS.fullmatch(value):
        return False
    trial = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    try:
        trial.initiate_upgrade_connection(value)
    except h2.exceptions.ProtocolError:
        return False
    return True
