"""Hypercorn's defects that the server mends, each as something to do to a server: it is sound if it gets through.

As a program it does them to Hypercorn itself, and prints which of them that got through: a server that dies or hangs
takes nothing with it but this process.
"""

import json
import logging
import sys

import trio
import trio.testing
from hypercorn.trio import serve as serve_unpatched
from hyperframe.frame import DataFrame, PriorityFrame

from tests.server.http2 import PREFACE, Client2
from tests.server.serving import ask, echo, exchange, lifespan, read_until_closed, respond, serving, until
from tests.server.test_hostile_http2 import BROKEN, SETTINGS

START = {"type": "http.response.start", "status": 200, "headers": []}
REQUEST = b"GET /x HTTP/1.1\r\nhost: test\r\n\r\n"
UPGRADE = b"GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\n"
WEBSOCKET = UPGRADE + b"upgrade: websocket\r\nsec-websocket-key: dGhlIHNhbXBsZQ==\r\nsec-websocket-version: 13\r\n\r\n"
PATIENCE = 4


def _app(handle):
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif scope["type"] != "http" or scope["path"] == "/echo":
            await echo(scope, receive, send)
        else:
            await handle(receive, send)

    return app


async def _send_cancelled(receive, send):
    with trio.CancelScope() as scope:
        scope.cancel()
        await send(START)


async def _exit(receive, send):
    raise SystemExit(3)


async def _break_off(receive, send):
    await send(START)
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise ValueError


async def _early(receive, send):
    await respond(send, b"", 413)


async def _early_and_slow(receive, send):
    await trio.sleep(0.1)
    await respond(send, b"who are you?", 401)


async def _survives(server, data):
    await ask(server, data, 0.3)
    return await server.is_alive()


async def cancelled_start(serve):
    """Finding 1: cancelling `send()` ends the server."""
    async with serve(_app(_send_cancelled)) as server:
        return await _survives(server, REQUEST)


async def http2_backpressure(serve):
    """Finding 2: HTTP/2 has no backpressure."""
    sent = 0

    async def push(receive, send):
        nonlocal sent
        await send(START)
        while sent < 1_000_000:
            await send({"type": "http.response.body", "body": bytes(1000), "more_body": True})
            sent += 1000

    async with serve(_app(push)) as server, Client2.connected(server) as client:
        await client.request("/x")
        await trio.sleep(0.3)
        return sent < 200_000


async def stalled_reader(serve):
    """Finding 3: a client that does not read holds its task and the shutdown."""

    last = trio.current_time()

    async def push(receive, send):
        nonlocal last
        await send(START)
        for _ in range(400):
            await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})
            last = trio.current_time()

    async with serve(_app(push)) as server, await server.connect() as stream:
        await stream.send_all(REQUEST)
        await until(lambda: trio.current_time() > last + 0.2)
        server.stop.set()
        with trio.move_on_after(2):
            await server.ended.wait()
        return server.ended.is_set()


async def early_answer(serve):
    """Finding 4: data after an early answer ends the server."""
    async with serve(_app(_early)) as server, Client2.connected(server) as client:
        await client.request("/x", end=False, method="POST")
        await client.answer(1)
        await client.send_raw(DataFrame(1, b"late").serialize())
        await trio.sleep(0.1)
        return await server.is_alive()


async def path_that_is_no_text(serve):
    """Finding 4: so does a path with a byte 0xFF."""
    async with serve() as server:
        return await _survives(server, PREFACE + SETTINGS + BROKEN["a path that is no text"])


async def name_that_is_no_text(serve):
    """Finding 4: so does such a name, where names are served."""
    async with serve(server_names=["test"]) as server:
        return await _survives(server, REQUEST.replace(b"test", b"\xff"))


async def application_exits(serve):
    """Finding 4: so does an application that raises SystemExit."""
    async with serve(_app(_exit)) as server:
        return await _survives(server, REQUEST)


async def bytes_after_the_request(serve):
    """Finding 5: after them a disconnect is not seen."""
    gone = trio.Event()

    async def wait(receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()

    async with serve(_app(wait)) as server:
        async with await server.connect() as stream:
            await stream.send_all(REQUEST + b"x")
            await trio.sleep(0.1)
        with trio.move_on_after(1):
            await gone.wait()
        return gone.is_set()


async def unread_body(serve):
    """Finding 6: a body that nobody reads blocks the application's last send."""
    answered = trio.Event()

    async def refuse(receive, send):
        await _early_and_slow(receive, send)
        answered.set()

    async with serve(_app(refuse)) as server, await server.connect() as stream:
        head = b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 900000\r\n\r\n"
        answer = await exchange(stream, head + bytes(900_000), 1)
        return answered.is_set() and answer.endswith(b"who are you?")


async def broken_off_answer(serve):
    """Finding 8: an error in the middle of an answer leaves a client of HTTP/2 hanging."""
    async with serve(_app(_break_off)) as server, Client2.connected(server) as client:
        await client.request("/x")
        with trio.move_on_after(1):
            await client.answer(1)
        return client.answers[1].reset is not None


async def look_for_a_disconnect(serve):
    """Finding 9: a look in a cancelled scope never sees the disconnect."""
    seen = []

    async def look(receive, send):
        await receive()
        await trio.sleep(0.2)
        with trio.CancelScope() as scope:
            scope.cancel()
            seen.append(await receive())

    async with serve(_app(look)) as server:
        async with await server.connect() as stream:
            await stream.send_all(REQUEST)
            await trio.sleep(0.1)
        await trio.sleep(0.3)
        return bool(seen)


async def settings_of_an_upgrade(serve):
    """Finding 11: settings that are none end the server."""
    async with serve() as server:
        return await _survives(server, UPGRADE + b"upgrade: h2c\r\nhttp2-settings: AAA\r\n\r\n")


async def garbage_behind_a_handshake(serve):
    """Finding 11: so do bytes behind a WebSocket that is refused."""
    async with serve() as server:
        return await _survives(server, WEBSOCKET + b"\xff" * 200)


async def tunnel_without_a_path(serve):
    """Finding 11: so does an HTTP/2 CONNECT without one."""
    async with serve() as server:
        return await _survives(server, PREFACE + SETTINGS + BROKEN["a tunnel"])


async def priorities(serve):
    """Finding 11: so do 1,001 of them."""
    frames = b"".join(PriorityFrame(i, stream_weight=1).serialize() for i in range(1, 2003, 2))
    async with serve() as server:
        return await _survives(server, PREFACE + SETTINGS + frames)


async def silence_after_the_preface(serve):
    """Finding 11: an HTTP/2 head that does not end is waited for."""
    async with serve() as server, Client2.connected(server) as client:
        await client.send_raw(client.headers_frame(1, flags=()))
        with trio.move_on_after(2):
            while not client.closed:
                await client.read()
        return client.closed


async def length_beside_chunks(serve):
    """Finding 11: Content-Length beside Transfer-Encoding is taken, and what follows runs."""
    async with serve() as server:
        head = b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
        return (await ask(server, head)).startswith(b"HTTP/1.1 400")


async def receive_after_the_disconnect(serve):
    """Row of §1.2: a second `receive()` after the disconnect hangs."""
    told = trio.Event()

    async def twice(receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass
        await receive()
        told.set()

    async with serve(_app(twice)) as server:
        async with await server.connect() as stream:
            await stream.send_all(REQUEST)
            await trio.sleep(0.1)
        with trio.move_on_after(1):
            await told.wait()
        return told.is_set()


async def bytes_after_the_last_request(serve):
    """An answer is lost where bytes follow a request that says ``Connection: close``."""
    async with serve(_app(_early_and_slow)) as server:
        answer = await ask(server, REQUEST.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\nx"))
        return answer.endswith(b"who are you?")


async def name_that_is_not_served(serve):
    """Its connection is never closed."""
    async with serve(server_names=["served"], keep_alive_timeout=0.2) as server, await server.connect() as stream:
        await stream.send_all(REQUEST)
        with trio.move_on_after(1) as scope:
            await read_until_closed(stream)
        return not scope.cancelled_caught


async def reset_connection_is_idle(serve):
    """An HTTP/2 connection whose only request was reset is never closed."""
    async with serve(keep_alive_timeout=0.2) as server, Client2.connected(server) as client:
        await client.request(end=False)
        await client.reset(1)
        with trio.move_on_after(1):
            while not client.closed:
                await client.read()
        return client.closed


DEFECTS = [
    cancelled_start,
    http2_backpressure,
    stalled_reader,
    early_answer,
    path_that_is_no_text,
    name_that_is_no_text,
    application_exits,
    bytes_after_the_request,
    unread_body,
    broken_off_answer,
    look_for_a_disconnect,
    settings_of_an_upgrade,
    garbage_behind_a_handshake,
    tunnel_without_a_path,
    priorities,
    silence_after_the_preface,
    length_beside_chunks,
    receive_after_the_disconnect,
    bytes_after_the_last_request,
    name_that_is_not_served,
    reset_connection_is_idle,
]


def _unpatched(app=None, **settings):
    return serving(app, limits=None, serve=serve_unpatched, **settings)


async def _try(defect, sound):
    try:
        # What cannot be cancelled is left behind when the process ends.
        with trio.fail_after(PATIENCE):
            sound[defect.__name__] = await defect(_unpatched)
    except BaseException as exc:  # noqa: ASYNC103  # one defect must not hide the others
        sound.setdefault(defect.__name__, False)
        if isinstance(exc, trio.Cancelled):
            raise


async def _try_all():
    sound = {}
    async with trio.open_nursery() as nursery:
        for defect in DEFECTS:
            nursery.start_soon(_try, defect, sound)
    return sound


if __name__ == "__main__":
    logging.disable()
    json.dump(trio.run(_try_all), sys.stdout)
