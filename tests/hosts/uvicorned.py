"""An application on trio, served by uvicorn in a thread of the test's own process, and requests over its sockets."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager

import attrs
import h11
import trio
import uvicorn

from genkit_trio.hosts import asyncio_app
from genkit_trio.testing import AppRequest
from tests.hosts.noted import PATIENCE

LOOPS = [("asyncio", "h11"), ("uvloop", "httptools")]
"""What uvicorn runs on, and what it parses with: in plain Python, and in C."""


@attrs.define
class Uvicorn:
    """A uvicorn that serves."""

    server: uvicorn.Server
    thread: threading.Thread

    @property
    def port(self) -> int:
        return self.server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Ask it to end, as its signal handler does, and return at once."""
        self.server.should_exit = True

    def join(self) -> None:
        """Wait until it has ended."""
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()

    async def connect(self) -> trio.SocketStream:
        return await trio.open_tcp_stream("127.0.0.1", self.port)


@contextmanager
def uvicorned(app, *, loop="asyncio", http="h11", wrap=asyncio_app, **settings) -> Generator[Uvicorn, None, None]:
    """Serve *app* for a block, and end in order."""
    settings = {"timeout_graceful_shutdown": 0, "lifespan": "on", **settings}
    config = uvicorn.Config(wrap(app), port=0, loop=loop, http=http, log_config=None, access_log=False, **settings)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    started = threading.Event()
    real_startup = server.startup

    async def startup(sockets=None):
        try:
            await real_startup(sockets=sockets)
        finally:
            started.set()

    server.startup = startup
    thread.start()
    try:
        assert started.wait(PATIENCE)
        assert server.started, "uvicorn did not start"
        running = Uvicorn(server, thread)
        yield running
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


@attrs.define
class Switch:
    """An application that is another one in each test, so that one server is enough."""

    app: object = None

    async def __call__(self, scope, receive, send) -> None:
        await self.app(scope, receive, send)


async def play(server: Uvicorn, request: AppRequest) -> AppRequest:
    """Send *request* over a socket, and note the answer in it."""
    connection = h11.Connection(h11.CLIENT)
    scope = request.scope
    body = b"".join(request.unread)
    target = scope["path"].encode() + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    headers = [*scope["headers"], (b"host", b"test"), (b"content-length", b"%d" % len(body))]
    head = b"".join(b"%s: %s\r\n" % header for header in headers)
    # Not written by h11, which would refuse what some of the tests send.
    connection.send(h11.Request(method=scope["method"], target="/", headers=[("host", "test")]))
    connection.send(h11.EndOfMessage())
    with trio.fail_after(PATIENCE):
        async with await server.connect() as stream:
            await stream.send_all(b"%s %s HTTP/1.1\r\n%s\r\n%s" % (scope["method"].encode(), target, head, body))
            while not request.ended:
                event = connection.next_event()
                if event is h11.NEED_DATA:
                    connection.receive_data(await stream.receive_some())
                elif isinstance(event, h11.Response):
                    request.status = event.status_code
                    request.headers = {name.decode(): value.decode() for name, value in event.headers}
                elif isinstance(event, h11.Data):
                    request.bodies.append(bytes(event.data))
                else:
                    request.ended = True
    return request


def ask(port: int, path: str, data: object, **headers: str):
    """Send a request with the standard library, and return the status and the JSON of the answer."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    body = json.dumps({"data": data})
    connection.request("POST", path, body, {"content-type": "application/json", **headers})
    answer = connection.getresponse()
    try:
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()
