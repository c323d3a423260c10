"""Chunks received by blocking code."""

import gc
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import trio

from genkit_trio import Cause, DeadlineExceeded, Genkit, GenkitError, PublicError, RunContext, State, Status
from genkit_trio._hosts.crossing import Call
from genkit_trio._hosts.thread_channel import ThreadChannel
from genkit_trio._hosts.thread_stream import ThreadStream
from genkit_trio.hosts import open_portal
from genkit_trio.lowlevel import RunScope, current_run, current_runtime
from tests.hosts.noted import PATIENCE, flow


def test_a_generator_flow_streams_too(portal):
    """C17: its output is None."""
    ai = Genkit()

    @ai.flow
    async def numbers(count: int) -> AsyncIterator[int]:
        for number in range(count):
            yield number

    with portal.stream(numbers, 3) as stream:
        assert [*stream, stream.output()] == [0, 1, 2, None]


def test_the_output_can_be_taken_without_the_chunks(ai, portal):
    """C11: they are discarded."""
    with portal.stream(flow(ai, "count"), 100) as stream:
        assert stream.output() == "counted"
        assert list(stream) == []


def test_the_output_can_be_taken_after_some_chunks(ai, portal):
    with portal.stream(flow(ai, "count"), 100) as stream:
        assert [next(stream), next(stream)] == [0, 1]
        assert stream.output() == "counted"


def test_an_error_arrives_after_the_chunks(ai, portal):
    """C12: the same object, and again."""
    with portal.stream(flow(ai, "fail"), "oops") as stream:
        assert next(stream) == 1
        with pytest.raises(ValueError, match="oops") as first:
            next(stream)
        with pytest.raises(ValueError, match="oops") as second:
            stream.output()
        assert first.value is second.value


def test_an_error_that_was_not_received_is_raised_at_the_end_of_the_block(ai, portal):
    """C13: on exit."""
    with pytest.raises(ValueError, match="oops"), portal.stream(flow(ai, "fail"), "oops") as stream:
        next(stream)
        portal.run(trio.testing.wait_all_tasks_blocked)


def test_an_error_beside_that_of_the_block_makes_a_group(ai, portal):
    """C13: both leave."""
    with (
        pytest.RaisesGroup(pytest.RaisesExc(ZeroDivisionError), pytest.RaisesExc(ValueError, match="oops")),
        portal.stream(flow(ai, "fail"), "oops"),
    ):
        portal.run(trio.testing.wait_all_tasks_blocked)
        raise ZeroDivisionError


def test_the_error_of_the_block_leaves_alone_when_the_run_is_just_stopped(ai, portal, noted):
    with pytest.raises(ZeroDivisionError), portal.stream(flow(ai, "forever")) as stream:
        next(stream)
        raise ZeroDivisionError
    assert noted.ends == [(State.CANCELLED, Cause.CONSUMER_STOPPED)]


def test_an_error_that_was_received_is_not_raised_again(ai, portal):
    with portal.stream(flow(ai, "fail"), "oops") as stream, pytest.raises(ValueError, match="oops"):
        list(stream)


def test_an_error_that_was_received_and_is_raised_on_stays_one(ai, portal):
    with pytest.raises(ValueError, match="oops"), portal.stream(flow(ai, "fail"), "oops") as stream:
        list(stream)


def test_leaving_the_block_cancels_the_run_and_waits_for_it(ai, portal, noted):
    """C13: consumer_stopped, its cleanup included."""
    with portal.stream(flow(ai, "forever")) as stream:
        assert next(stream) == 1
    assert noted.ends == [(State.CANCELLED, Cause.CONSUMER_STOPPED)]


def test_a_left_stream_is_closed(ai, portal):
    """C11: ClosedResourceError."""
    with portal.stream(flow(ai, "forever")) as stream:
        pass
    for use in (stream.output, lambda: next(stream)):
        with pytest.raises(trio.ClosedResourceError):
            use()


def test_a_value_that_comes_all_the_same_is_kept(portal):
    """C11, C2: after the block, too."""
    ai = Genkit()

    @ai.flow
    async def late(ctx: RunContext[int]) -> str:
        await ctx.send_chunk(1)
        with trio.CancelScope(shield=True):
            await trio.lowlevel.checkpoint()
        return "late"

    with portal.stream(late) as stream:
        next(stream)
    assert stream.output() == "late"


def test_an_interrupt_in_a_wait_cancels_the_run(ai, portal, noted):
    """C5: and leaves as it is."""
    with pytest.raises(KeyboardInterrupt), portal.stream(flow(ai, "interrupt")) as stream:
        list(stream)
    assert noted.ends == [(State.CANCELLED, Cause.CALLER_CANCELLED)]


def test_the_failure_of_a_run_that_is_interrupted_is_logged(portal, caplog):
    """C13: an interrupt is no error, and leaves as it is."""
    ai = Genkit()

    @ai.flow
    async def messy(ctx: RunContext[int]) -> None:
        try:
            await ctx.send_chunk(1)
            await trio.sleep_forever()
        finally:
            raise ValueError("the cleanup failed")

    with pytest.raises(KeyboardInterrupt), portal.stream(messy) as stream:
        next(stream)
        raise KeyboardInterrupt
    assert "the cleanup failed" in caplog.text


def test_a_generator_that_is_closed_cancels_the_run(ai, portal, noted):
    """As a web framework closes the body of an answer when its client has gone."""

    def body():
        with portal.stream(flow(ai, "forever")) as stream:
            for chunk in stream:
                yield f"{chunk}\n"

    answer = body()
    assert next(answer) == "1\n"
    answer.close()
    assert noted.ends == [(State.CANCELLED, Cause.CALLER_CANCELLED)]


def test_a_generator_that_is_collected_in_the_thread_of_trio_does_not_block_it(ai, portal, noted):
    """Garbage is collected in any thread; there the run is cancelled, and not waited for."""

    def body():
        with portal.stream(flow(ai, "forever")) as stream:
            yield from stream

    answers = [body()]
    next(answers[0])

    async def collect() -> None:
        answers.clear()
        gc.collect()

    portal.run(collect)
    noted.wait_ended()
    portal.run(trio.testing.wait_all_tasks_blocked)
    assert noted.ends == [(State.CANCELLED, Cause.CALLER_CANCELLED)]


def test_a_stream_has_one_consumer(ai, portal, noted):
    """C11: two threads at once are an error of the second."""
    with ThreadPoolExecutor() as threads, portal.stream(flow(ai, "forever")) as stream:
        next(stream)
        waiting = threads.submit(next, stream)
        while not stream._receiving.locked():
            portal.run(trio.lowlevel.checkpoint)
        with pytest.raises(trio.BusyResourceError):
            next(stream)
        with pytest.raises(trio.BusyResourceError):
            stream.output()
    assert isinstance(waiting.exception(PATIENCE), trio.ClosedResourceError | GenkitError)


def test_the_deadline_of_the_call_ends_the_run(ai, portal, noted):
    """C8: after the chunks that it has sent."""
    with portal.stream(flow(ai, "forever"), timeout=0.05) as stream:
        assert next(stream) == 1
        with pytest.raises(DeadlineExceeded):
            next(stream)
    assert noted.ends == [(State.CANCELLED, Cause.DEADLINE)]


def test_the_end_of_the_portal_ends_the_stream(ai, noted):
    """C27: its consumer has the chunks, and then the end."""
    with ThreadPoolExecutor() as threads:
        with open_portal(ai, drain_timeout=0) as portal:
            received = threads.submit(_receive, portal, flow(ai, "forever"))
            noted.wait_began()
        chunks, error = received.result(PATIENCE)
    assert chunks == [1]
    assert error.status is Status.UNAVAILABLE
    assert noted.ends == [(State.CANCELLED, Cause.DRAIN)]


def _receive(portal, action):
    chunks = []
    try:
        with portal.stream(action) as stream:
            chunks.extend(stream)
    except PublicError as exc:
        return chunks, exc
    raise AssertionError("it has ended")


def test_what_has_ended_can_be_read_when_the_portal_has_gone(ai):
    """C12: nothing that was handed over is lost."""
    left, ended = threading.Event(), threading.Event()

    def read(portal):
        with portal.stream(flow(ai, "count"), 10) as stream:
            portal.run(trio.testing.wait_all_tasks_blocked)
            ended.set()
            assert left.wait(PATIENCE)
            return [*stream, stream.output()]

    with ThreadPoolExecutor() as threads:
        with open_portal(ai) as portal:
            received = threads.submit(read, portal)
            assert ended.wait(PATIENCE)
        left.set()
        assert received.result(PATIENCE) == [*range(10), "counted"]


def test_the_crash_of_the_runtime_is_told_while_the_run_cleans_up(noted):
    """C27: no thread waits for what may never come."""
    ai = Genkit()
    release = threading.Event()

    @ai.flow
    async def tidy(ctx: RunContext[int]) -> None:
        await ctx.send_chunk(1)
        try:
            with noted.run():
                await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(release.wait)

    async def crash() -> None:
        runtime = current_runtime(ai.registry)
        assert runtime is not None
        runtime.fail(OSError("the service has failed"))

    with (
        ThreadPoolExecutor() as threads,
        pytest.raises(OSError, match="the service has failed"),
        open_portal(ai) as portal,
        portal.stream(tidy) as stream,
    ):
        next(stream)
        threads.submit(portal.run, crash)
        with pytest.raises(PublicError, match="cancelled with its runtime"):
            next(stream)
        release.set()


def test_a_run_that_has_ended_meanwhile_is_read_to_its_end():
    """C12: although the runtime has ended, too."""

    class Gone:
        """A way into a trio run that has ended in this moment."""

        def check(self) -> None: ...

        def run_fn(self, name, fn):
            channel.items.append(1)
            call.refuse()
            raise PublicError(Status.UNAVAILABLE, "gone")

    channel = ThreadChannel(16)
    run = flow_run()
    call = Call("it", trio.sleep_forever, RunScope(), None)
    stream = ThreadStream(Gone(), run, call, channel)
    assert next(stream) == 1
    with pytest.raises(PublicError, match="portal is closed"):
        next(stream)


def flow_run():
    """Return a run that has not begun."""
    ai = Genkit()

    @ai.flow
    async def nothing() -> None: ...

    return nothing.new_run(None, scope=None)


def test_a_stream_after_the_end_of_the_portal_is_refused(ai):
    with open_portal(ai) as portal:
        pass
    with pytest.raises(PublicError, match="portal is closed"), portal.stream(flow(ai, "forever")):
        pass


def test_a_stream_in_the_thread_of_trio_is_refused(ai, portal):
    async def stream() -> None:
        portal.stream(flow(ai, "forever"))

    with pytest.raises(RuntimeError, match="await the action"):
        portal.run(stream)


def test_a_sync_flow_streams_as_part_of_its_run(ai, portal, noted):
    """C5, C11: the deadline is that of the flow; what cancels the flow cancels the run."""
    outer = Genkit()
    runs = []

    @outer.flow(timeout=0.1)
    def follow() -> None:
        runs.append(current_run())
        with portal.stream(flow(ai, "forever")) as stream:
            list(stream)

    with pytest.raises(DeadlineExceeded):
        portal.call(follow)
    [run] = noted.runs
    assert run.state is State.CANCELLED
    assert run.parent_run is runs[0]
    assert run.deadline == runs[0].deadline


def test_the_trace_is_known_from_the_beginning(ai, portal, noted):
    with portal.stream(flow(ai, "forever")) as stream:
        next(stream)
        assert stream.trace_id == noted.runs[0].trace_id
