"""A client of HTTP/2 that can also send what none would."""

from contextlib import asynccontextmanager

import attrs
import h2.config
import h2.connection
import h2.events
import h2.exceptions
import trio
from hpack import Encoder
from hyperframe.frame import HeadersFrame

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PLAIN = h2.config.H2Configuration(
    client_side=True, header_encoding=None, validate_outbound_headers=False, normalize_outbound_headers=False
)


@attrs.define
class Answer:
    """What has come on one stream."""

    status: int = 0
    body: bytes = b""
    ended: bool = False
    reset: int | None = None


class Client2:
    """One connection; nothing is read unless something is waited for."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self.connection = h2.connection.H2Connection(PLAIN)
        self.answers: dict[int, Answer] = {}
        self.closed = False
        self.goaway: int | None = None

    @classmethod
    @asynccontextmanager
    async def connected(cls, server):
        async with await server.connect() as stream:
            client = cls(stream)
            await client.start()
            yield client

    async def start(self, *, reading: bool = True) -> None:
        self.connection.initiate_connection()
        await self.flush()
        if reading:
            await self.read()

    async def request(self, path: str | None = "/", *, end: bool = True, headers=(), method: str = "GET") -> int:
        stream_id = self.connection.get_next_available_stream_id()
        self.connection.send_headers(stream_id, fields(path, method, headers), end_stream=end)
        self.answers[stream_id] = Answer()
        await self.flush()
        return stream_id

    async def reset(self, stream_id: int) -> None:
        self.connection.reset_stream(stream_id)
        await self.flush()

    async def flush(self) -> None:
        await self.send_raw(self.connection.data_to_send())

    async def send_raw(self, data: bytes) -> None:
        try:
            if data:
                await self.stream.send_all(data)
        except trio.BrokenResourceError:
            self.closed = True

    def headers_frame(self, stream_id: int, flags=("END_HEADERS", "END_STREAM"), **pseudo) -> bytes:
        """Return a HEADERS frame that this connection's own state knows nothing of."""
        block = Encoder().encode(pseudo.get("fields", fields("/", "GET", ())))
        return HeadersFrame(stream_id, block, flags=flags).serialize()

    async def read(self) -> None:
        """Take what comes next."""
        try:
            data = await self.stream.receive_some(65536)
        except trio.BrokenResourceError:
            data = b""
        if not data:
            self.closed = True
            return
        try:
            events = self.connection.receive_data(data)
        except h2.exceptions.ProtocolError:
            # The answer itself was wrong, as some applications make it.
            self.closed = True
            return
        for event in events:
            self._take(event)
        if self.goaway is None:
            await self.flush()

    async def answer(self, stream_id: int) -> Answer:
        """Return the answer on a stream, once it has ended."""
        answer = self.answers[stream_id]
        while not (answer.ended or answer.reset is not None or self.closed):
            await self.read()
        return answer

    async def wait_closed(self) -> None:
        """Wait until the server closes the connection."""
        with trio.fail_after(5):
            while not self.closed:
                await self.read()

    def _take(self, event) -> None:
        answer = self.answers.setdefault(getattr(event, "stream_id", None) or 0, Answer())
        match event:
            case h2.events.ResponseReceived():
                answer.status = int(dict(event.headers)[b":status"])
            case h2.events.DataReceived():
                answer.body += event.data
                self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case h2.events.StreamEnded():
                answer.ended = True
            case h2.events.StreamReset():
                answer.reset = event.error_code
            case h2.events.ConnectionTerminated():
                self.goaway = event.error_code


def fields(path, method, headers):
    named = [(":method", method), (":scheme", "http"), (":authority", "test"), (":path", path)]
    return [(name.encode(), _bytes(value)) for name, value in [*named, *headers] if value is not None]


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
