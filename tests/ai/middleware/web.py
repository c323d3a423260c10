"""A web server with a few pages, on a port of this machine."""

from contextlib import asynccontextmanager
from functools import partial

import trio


@asynccontextmanager
async def serving(pages):
    """Serve *pages*, which map a path to a whole HTTP response; give their address, and the requests that come."""
    requests = []
    async with trio.open_nursery() as nursery:
        serve = partial(trio.serve_tcp, partial(_answer, pages, requests), 0, host="127.0.0.1")
        [listener] = await nursery.start(serve)
        yield f"http://127.0.0.1:{listener.socket.getsockname()[1]}", requests
        nursery.cancel_scope.cancel()


def page(body=b"", *, status="200 OK", **headers):
    """Return an HTTP response."""
    named = {"content-length": len(body), "connection": "close"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _answer(pages, requests, stream):
    received = b""
    while b"\r\n\r\n" not in received:
        received += await stream.receive_some()
    requests.append(received.decode())
    answer = pages[received.split(b" ")[1].decode()]
    await (answer(stream) if callable(answer) else stream.send_all(answer))
