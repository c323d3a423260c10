"""The cancel scope that a connection lends to the runs of its requests: each has its own deadline, and its own end."""

import json

import attrs
import pytest
import trio

from genkit_trio import Cause, Genkit, PublicError, State, Status, open_runtime
from genkit_trio._runtime import cancel_by_trace_id
from genkit_trio.asgi import flow_app
from genkit_trio.lowlevel import live_runs
from tests.asgi.seen import Seen
from tests.server.h1.world import World

pytestmark = pytest.mark.extra

HEAD = b"POST /%s HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n%bcontent-length: %d\r\n\r\n"


def _request(flow: bytes, data: bytes = b"0", *, timeout: bytes = b"") -> bytes:
    body = b'{"data": ' + data + b"}"
    header = b"x-request-timeout: " + timeout + b"\r\n" if timeout else b""
    return HEAD % (flow, header, len(body)) + body


class Scene:
    """An application, and a connection to it.

    Args:
      clock: the clock of the test.
    """

    def __init__(self, clock: trio.testing.MockClock) -> None:
        self.seen = Seen()
        self.ai = _flows(self.seen, clock)
        self.context = ()
        self.world: World

    async def play(self, *pieces: bytes) -> list[tuple[int, object]]:
        """Send *pieces*, one each tenth of a second, and return the answers."""
        # A flow that was never asked for is looked up, which may have to wait.
        first = b"".join(_request(flow.name.encode(), b'{"jump": 0}') for flow in self.ai.registry.actions())
        count = first.count(b"POST")
        self.world = World(flow_app(self.ai, context=self.context), [first, *pieces], way="arrivals")
        async with open_runtime(self.ai):
            await self.world.run()
        return [(status, json.loads(body)) for status, body in self.world.answers()[count:]]


@pytest.fixture
def scene(autojump_clock):
    return Scene(autojump_clock)


def _flows(seen: Seen, clock: trio.testing.MockClock) -> Genkit:
    ai = Genkit()

    @attrs.frozen
    class Jump:
        """A value that takes time to be made."""

        jump: float = attrs.field(validator=lambda _, __, seconds: clock.jump(seconds))

    @ai.flow
    async def left(number: int) -> float:
        """Return the seconds until the deadline."""
        return round(trio.current_effective_deadline() - trio.current_time(), 6)

    @ai.flow(timeout=9, on_disconnect="detach")
    async def left_detached(number: int) -> float:
        return await left(number)

    @ai.flow
    async def sleep(seconds: float) -> str:
        seen.note()
        await trio.sleep(seconds)
        return "slept"

    @ai.flow
    async def made(value: Jump) -> str:
        return "made"

    @ai.flow
    async def fails_late(number: int) -> str:
        seen.note()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            try:
                await trio.sleep_forever()
            finally:
                raise PublicError(Status.ALREADY_EXISTS, "it was there")

    @ai.flow
    async def nap(seconds: float) -> str:
        """Be cancelled in a shield, and return all the same."""
        with trio.CancelScope(shield=True):
            await trio.sleep(seconds)
        return "napped"

    return ai


async def test_each_run_has_its_own_deadline(scene, autojump_clock):
    """C7: and not that of the one before."""
    answers = await scene.play(_request(b"left", timeout=b"7") + _request(b"left", timeout=b"2") + _request(b"left"))
    assert answers == [(200, {"result": 7}), (200, {"result": 2}), (200, {"result": 300})]


async def test_after_a_run_that_was_too_slow_the_connection_goes_on(scene, autojump_clock):
    """C8: the scope that its deadline has cancelled is not that of the next one."""
    late = _request(b"sleep", b"5", timeout=b"0.5")
    answers = await scene.play(late + _request(b"sleep", b"0.1") + late + _request(b"left", timeout=b"3"))
    assert [status for status, _ in answers] == [504, 200, 504, 200]
    assert answers[0][1]["status"] == "DEADLINE_EXCEEDED"
    assert answers[3][1] == {"result": 3}
    assert scene.seen.ends[0] == (State.CANCELLED, Cause.DEADLINE)


async def test_the_deadline_of_a_run_that_has_ended_ends_nothing_else(scene, autojump_clock):
    """C7: neither the wait for a next request, nor that for its body, nor the run."""
    first, second = _request(b"left", timeout=b"0.25"), _request(b"sleep", b"0.5")
    answers = await scene.play(first, b"", second[:-3], b"", b"", second[-3:])
    assert answers == [(200, {"result": 0.25}), (200, {"result": "slept"})]


async def test_a_run_whose_deadline_passes_before_it_begins_never_does(scene, autojump_clock):
    """C2: and the next one is not touched by it."""
    answers = await scene.play(_request(b"made", b'{"jump": 2}', timeout=b"1") + _request(b"made", b'{"jump": 0}'))
    assert [(status, next(iter(answer.values()))) for status, answer in answers] == [
        (504, "DEADLINE_EXCEEDED"),
        (200, "made"),
    ]


async def test_what_is_raised_beside_the_cancellation_is_what_the_run_raises(scene, autojump_clock):
    """C3, C8: as it leaves a scope of trio's; the client was told of the deadline when it had passed."""
    answers = await scene.play(_request(b"fails_late", timeout=b"0.5") + _request(b"sleep", b"0"))
    assert [status for status, _ in answers] == [504, 200]
    [(state, _), _] = scene.seen.ends
    assert state is State.FAILED
    assert [type(error) for error in scene.seen.runs[0].error.exceptions] == [PublicError]


async def test_a_run_that_returns_late_leaves_no_cancelled_scope_behind(scene, autojump_clock):
    """C9, C19: the client was told of the deadline, and the next request is served."""
    answers = await scene.play(_request(b"nap", b"2", timeout=b"1") + _request(b"sleep", b"0.1"))
    assert [status for status, _ in answers] == [504, 200]


async def test_a_run_is_cancelled_by_its_trace_id_and_the_next_is_not(scene, nursery, autojump_clock):
    """C26: in a scope that they share one after the other."""

    async def cancel() -> None:
        await scene.seen.began.wait()
        [run] = live_runs()
        cancel_by_trace_id(run.trace_id)

    nursery.start_soon(cancel)
    answers = await scene.play(_request(b"sleep", b"100") + _request(b"sleep", b"0.1"))
    assert [status for status, _ in answers] == [499, 200]
    assert scene.seen.ends == [(State.CANCELLED, Cause.CANCEL_API), (State.SUCCEEDED, None)]


async def test_the_end_of_the_server_is_told_as_such(scene, nursery, autojump_clock):
    """C22, C27: the run learns it from a call, and not from the scopes around it."""

    async def stop() -> None:
        await scene.seen.began.wait()
        await trio.sleep(0.1)
        scene.world.server.cancel()

    nursery.start_soon(stop)
    answers = await scene.play(_request(b"sleep", b"100"))
    assert [(status, answer["status"]) for status, answer in answers] == [(503, "UNAVAILABLE")]
    assert scene.seen.ends == [(State.CANCELLED, Cause.DRAIN)]


async def test_a_detached_run_has_a_scope_of_its_own(scene, autojump_clock):
    """C6: it executes in another task, and outlives its client."""
    answers = await scene.play(_request(b"left", timeout=b"2") + _request(b"left_detached") * 2)
    assert answers == [(200, {"result": 2}), (200, {"result": 9}), (200, {"result": 9})]


async def test_who_finds_out_who_is_calling_has_the_time_of_the_request(scene, autojump_clock):
    """C7: and not that of the request before."""

    async def provide(request):
        await trio.sleep(0.5)
        return {}

    scene.context = [provide]
    answers = await scene.play(_request(b"left", timeout=b"0.7") + _request(b"left", timeout=b"2"))
    assert answers == [(200, {"result": 0.2}), (200, {"result": 1.5})]


async def test_a_request_that_has_to_wait_is_served_beside_those_that_have_not(scene, autojump_clock):
    """C25: one whose body is not there yet is no matter for the scope."""
    whole, slow = _request(b"sleep", b"0.3", timeout=b"2"), _request(b"sleep", b"0.6")
    answers = await scene.play(whole, slow[:-1], slow[-1:], whole)
    assert answers == [(200, {"result": "slept"})] * 3
