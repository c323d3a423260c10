"""What the clients of the soak do, and what they hold each answer to."""

from contextlib import suppress

import attrs
import trio

from genkit_trio import Cause, GenkitError, RemoteAction
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS
from tests.faults.soak_flows import PROMISES, count, fan, nested, relay
from tests.faults.sockets import SocketRequest
from tests.server.http2 import Client2

TTL = 6.0
"""Seconds for which an ended stream is kept."""
STREAM_ID = "x-genkit-stream-id"
MOST = 8
MOMENTS = 0.05
"""Seconds within which something happens to a request."""
LONGEST = 60
"""Seconds after which something hangs."""
ALWAYS = frozenset({"DEADLINE_EXCEEDED"})
"""What requests with a deadline of their own may be told."""


@attrs.frozen
class Places:
    """Where things are."""

    plain: int
    """The port of the server whose streams end with their clients."""
    durable: tuple[int, int]
    """Those of two servers that keep streams on Redis, as two processes would."""
    reflection: int
    tool: object
    """A tools server of version 2."""


class Load:
    """The clients.

    Args:
      places: where they go.
      chance: decides.
      table: counts what they have done: by kind, and then by outcome.
    """

    def __init__(self, places, chance, table):
        self._places = places
        self._chance = chance
        self._table = table
        self.kinds = {
            self.request: 8,
            self.durable: 4,
            self.pipes: 1,
            self.flood: 1,
            self.here: 3,
            self.remote: 2,
            self.tool_of_version_1: 1,
            self.tool_of_version_2: 1,
        }

    async def one(self):
        """Do one thing.

        Raises:
          AssertionError: if it was not answered as it must be.
        """
        [does] = self._chance.choices([*self.kinds], [*self.kinds.values()])
        with trio.move_on_after(LONGEST) as scope:
            outcome = await does()
        assert not scope.cancelled_caught, f"{does.__name__} hangs"
        self._table[does.__name__][outcome] += 1

    async def request(self):
        """Ask for a flow, whole or streamed, with or without an end that the server must notice."""
        name = self._chance.choice([name for name in PROMISES if name != "flood"])
        number, streams = self._chance.randrange(MOST), self._chance.random() < 0.5
        headers = dict(STREAM_HEADERS if streams else JSON_HEADERS)
        extra = frozenset()
        if self._chance.random() < 0.1:
            headers["x-request-timeout"] = f"{self._chance.random() * MOMENTS:.4f}"
            extra = ALWAYS
        request = SocketRequest(f"/{name}", {"data": number}, headers)
        await self._play(request, self._places.plain)
        if not request.ended:
            assert request.is_gone, (name, request.status, request.body)
            return "left"
        return check_flow(request, name, number, PROMISES[name].statuses | extra)

    async def durable(self):
        """Order a stream at one node, leave it, and come back to the other; or cancel it there."""
        name, number = self._chance.choice(["count", "relay"]), self._chance.randrange(1, MOST)
        here, there = self._chance.sample(self._places.durable, 2)
        request = SocketRequest(f"/{name}", {"data": number}, STREAM_HEADERS)
        begin = trio.current_time()
        await self._play(request, here)
        if STREAM_ID not in request.headers:
            assert request.ended or request.is_gone, (request.status, request.body)
            assert request.is_gone or request.json["status"] in {"UNAVAILABLE", "RESOURCE_EXHAUSTED"}, request.body
            return "left" if request.is_gone else "refused"
        told = {"UNAVAILABLE", "RESOURCE_EXHAUSTED", "DATA_LOSS"}
        same = {**STREAM_HEADERS, STREAM_ID: request.headers[STREAM_ID]}
        if self._chance.random() < 0.2:
            cancel = SocketRequest(f"/{name}", None, same, method="DELETE")
            await cancel.play(there)
            assert cancel.status in {204, 404, 503}, (cancel.status, cancel.body)
            told.add("CANCELLED")
        seen = [frame for frame in request.frames if "message" in frame]
        again = SocketRequest(f"/{name}?after={len(seen)}", None, same)
        await again.play(there)
        assert again.ended, (again.status, again.body)
        if again.status != 200:
            seconds = trio.current_time() - begin
            assert again.status == 503 or (again.status == 204 and seconds > TTL), (again.status, again.body, seconds)
            return "expired" if again.status == 204 else "refused"
        return check_frames([*seen, *again.frames], number, number, told)

    async def pipes(self):
        """Ask for many flows on one connection of HTTP/2, and go before they end."""
        stream = await trio.open_tcp_stream("127.0.0.1", self._places.plain)
        client = Client2(stream)
        try:
            with trio.move_on_after(self._chance.random() * MOMENTS), suppress(trio.BrokenResourceError):
                await client.start(reading=self._chance.random() < 0.5)
                for name in ("/count", "/leaf", "/relay", "/flood"):
                    stream_id = await client.request(name, end=False, method="POST", headers=STREAM_HEADERS.items())
                    client.connection.send_data(stream_id, b'{"data":5}', end_stream=self._chance.random() < 0.8)
                    await client.flush()
                    if self._chance.random() < 0.3:
                        await client.reset(stream_id)
                await trio.sleep_forever()
        finally:
            await trio.aclose_forcefully(stream)
        return "left"

    async def flood(self):
        """Ask for more than fits into any buffer, and stop reading for a while."""
        request = SocketRequest("/flood", {"data": 2}, STREAM_HEADERS, pause=self._chance.choice([0, 0.1, 4]))
        await request.play(self._places.plain)
        if not request.ended:
            return "cut off"
        assert request.frames[-1] == {"result": 2}
        return "whole"

    async def here(self):
        """Run in this process, under a deadline that may pass."""
        number = self._chance.randrange(1, MOST)
        with trio.move_on_after(self._chance.random() * MOMENTS) as scope:
            match self._chance.randrange(3):
                case 0:
                    assert await nested(number) == [*range(number)]
                case 1:
                    assert await fan(number) == number
                case _:
                    async with self._chance.choice([count, relay]).stream(number) as chunks:
                        assert [chunk async for chunk in chunks] == [*range(number)]
        return "left" if scope.cancelled_caught else "whole"

    async def remote(self):
        """Call a flow by way of the server, under a deadline that may pass."""
        number = self._chance.randrange(1, MOST)
        there = RemoteAction(f"http://127.0.0.1:{self._places.plain}/count", input=int, output=int, chunk=int)
        with trio.move_on_after(self._chance.random() * 8 * MOMENTS) as scope:
            try:
                async with there.stream(number) as chunks:
                    assert [chunk async for chunk in chunks] == [*range(number)]
                    assert await chunks.output() == number
            except GenkitError as exc:
                assert exc.status.name in {"DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"}, repr(exc)
                return "refused"
        return "left" if scope.cancelled_caught else "whole"

    async def tool_of_version_1(self):
        """Run a flow as a developer's tool does."""
        number = self._chance.randrange(MOST)
        body = {"key": "/flow/count", "input": number}
        request = SocketRequest("/api/runAction?stream=true", body, JSON_HEADERS)
        await self._play(request, self._places.reflection)
        if not request.ended:
            assert request.is_gone, request.body
            return "left"
        *lines, last = request.body.split(b"\n")
        assert [*map(int, lines)] == [*range(number)]
        assert b'"result":%d' % number in last, last
        return "whole"

    async def tool_of_version_2(self):
        """Run a flow over the tools server's one connection, and cancel it now and then."""
        number = self._chance.randrange(MOST)
        call = self._places.tool.start("/flow/count", input=number, stream=True)
        if self._chance.random() < 0.3:
            with suppress(Exception):  # it may have ended
                await self._places.tool.cancel(await call.wait_trace_id())
        await call.wait_end()
        if call.error is not None:
            assert call.error["code"] == 1, call.error
            return Cause.CANCEL_API.value
        assert call.chunks == [*range(number)]
        assert call.result["result"] == number
        return "whole"

    async def _play(self, request, port):
        """Play *request*, and let something happen to it now and then."""
        happens = self._chance.choice([None, None, request.disconnect, request.reset, request.half_close])
        if happens is None:
            await request.play(port)
            return
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_happen_after, self._chance.random() * MOMENTS, happens)
            await request.play(port)
            nursery.cancel_scope.cancel()


async def _happen_after(seconds, act):
    await trio.sleep(seconds)
    act()


def check_flow(request, name, number, statuses):
    """Hold a whole answer to what its flow promises, and return what it was."""
    promise = PROMISES[name]
    if request.status != 200:
        status = request.json["status"]
        assert status in statuses, (name, request.status, request.body)
        return status
    if not request.headers["content-type"].startswith("text/event-stream"):
        assert request.json == {"result": promise.output_of(number)}, (name, request.body)
        return "whole"
    if not promise.streams:
        assert request.frames[-1].get("result", "") == promise.output_of(number) or name == "fails", request.body
        return "whole"
    return check_frames(request.frames, number, promise.output_of(number), statuses)


def check_frames(frames, number, output, statuses):
    """Hold a stream of the numbers below *number* to its order and its one end, and return what that was."""
    *messages, last = frames
    assert messages == [{"message": each} for each in range(len(messages))], frames
    if "error" in last:
        assert last["error"]["status"] in statuses, frames
        return last["error"]["status"]
    assert last == {"result": output}, frames
    assert len(messages) == number, frames
    return "whole"
