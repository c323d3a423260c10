"""Leaving a stream: the run is stopped, and what both sides raise."""

import pytest
import trio
import trio.testing

from genkit_trio import ActionStream, Cause, Genkit, PublicError, RunContext, State, Status
from genkit_trio._core import current_roots, current_run
from genkit_trio.testing import explore


@pytest.fixture
def forever(ai):
    """A flow that sends for ever; `runs` of it, how far it has come, and whether its cleanup has ended."""

    @ai.flow
    async def forever(x: object, ctx: RunContext[int]) -> None:
        forever.runs.append(current_run())
        try:
            while True:
                await ctx.send_chunk(forever.sent)
                forever.sent += 1
        finally:
            with trio.CancelScope(shield=True):
                await trio.lowlevel.checkpoint()
            forever.ended = True

    forever.runs, forever.sent, forever.ended = [], 0, False
    return forever


async def test_a_stream_that_was_left_early_is_closed(forever):
    """C11: otherwise it is ClosedResourceError, as iterating is."""
    async with forever.stream(1) as stream:
        await anext(stream)
    with pytest.raises(trio.ClosedResourceError, match="before the run had ended with a value"):
        await stream.output()
    with pytest.raises(trio.ClosedResourceError, match="has been left"):
        await anext(stream)


async def test_leaving_a_stream_of_a_million_after_one_chunk(ai):
    """C13, C14, C1: the producer was chunk_buffer + 1 ahead at most, its finally has ended, and no task is left."""
    started = sent = 0
    ended = []

    @ai.flow
    async def million(ctx: RunContext[int]) -> None:
        nonlocal started, sent
        try:
            for number in range(1_000_000):
                started += 1
                await ctx.send_chunk(number)
                sent += 1
        finally:
            with trio.CancelScope(shield=True):
                await trio.lowlevel.checkpoint()
            ended.append(True)

    here = trio.lowlevel.current_task()
    nurseries, tasks = list(here.child_nurseries), set(here.parent_nursery.child_tasks)
    async with million.stream() as stream:
        async for chunk in stream:
            assert chunk == 0
            await trio.testing.wait_all_tasks_blocked()
            break
    assert ended == [True]
    assert sent <= 1 + 16 + 1
    assert started <= 1 + 16 + 1
    assert here.child_nurseries == nurseries
    assert here.parent_nursery.child_tasks == tasks
    assert current_roots().runs == set()


async def test_leaving_the_block_cancels_the_run_and_waits_for_its_cleanup(forever):
    """C13: cause consumer_stopped, and the cleanup has ended."""
    async with forever.stream(1) as stream:
        await anext(stream)
    assert forever.ended
    assert forever.runs[0].state is State.CANCELLED
    assert forever.runs[0].cause is Cause.CONSUMER_STOPPED


async def test_a_sender_that_waits_is_cancelled_when_the_block_is_left(ai):
    """C15: after the consumer left, send_chunk raises Cancelled, also in the call that was waiting."""
    reached = []

    @ai.flow(chunk_buffer=0)
    async def work(ctx: RunContext[int]) -> None:
        await ctx.send_chunk(1)
        reached.append("after the send")

    async with work.stream():
        await trio.testing.wait_all_tasks_blocked()
    assert reached == []


async def test_what_is_sent_in_a_shield_after_the_consumer_left_is_discarded(ai):
    """C15: inside the user's shield it discards, whether it was waiting or comes later."""
    sent = []

    @ai.flow(chunk_buffer=1)
    async def work(ctx: RunContext[int]) -> None:
        assert ctx.is_streaming
        with trio.CancelScope(shield=True):
            for number in range(50):
                await ctx.send_chunk(number)
                sent.append(number)
        assert not ctx.is_streaming
        with pytest.raises(trio.Cancelled):
            await ctx.send_chunk(50)
        raise KeyError("late")

    with pytest.raises(KeyError):
        async with work.stream():
            await trio.testing.wait_all_tasks_blocked()
            assert sent == [0]
    assert sent == list(range(50))


async def test_leaving_before_the_run_begins_starts_nothing(ai):
    """C13: a run that is stopped before its first step never starts."""
    started = []

    @ai.flow
    async def work() -> None:
        started.append(1)

    async with work.stream() as stream:
        pass
    with pytest.raises(trio.ClosedResourceError):
        await stream.output()
    assert started == []


class Producer:
    """A producer that fails, in its own time or in its cleanup; what it raises may be in a group."""

    def __init__(self, ai, error, *, when):
        self.error = error

        async def in_cleanup():
            try:
                await trio.sleep_forever()
            finally:
                raise error

        async def grouped():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(in_cleanup)
                nursery.start_soon(trio.sleep_forever)

        async def at_once():
            raise error

        self.flow = ai.flow(name="work")({"at once": at_once, "cleanup": in_cleanup, "grouped": grouped}[when])

    async def run_with(self, body):
        async with self.flow.stream() as stream:
            await trio.testing.wait_all_tasks_blocked()
            await body(stream)

    def raised(self, exc):
        """Whether *exc* is the producer's error, or trio's group around it."""
        return exc is self.error or (isinstance(exc, ExceptionGroup) and exc.exceptions == (self.error,))


WHEN = pytest.mark.parametrize("when", ["at once", "cleanup", "grouped"])


@WHEN
async def test_an_error_that_the_consumer_has_not_received_is_raised_on_exit(ai, when):
    """C13: the body ends, the producer fails with P: P is raised."""
    producer = Producer(ai, ValueError("P"), when=when)

    async def body(stream):
        pass

    with pytest.raises((ValueError, ExceptionGroup)) as caught:
        await producer.run_with(body)
    assert producer.raised(caught.value)


@WHEN
async def test_an_error_of_the_producer_replaces_cancelled(ai, when):
    """C13: the body is cancelled, the producer fails with P: P is raised, as from a finally."""
    producer = Producer(ai, ValueError("P"), when=when)
    scope = trio.CancelScope()

    async def body(stream):
        scope.cancel()
        await trio.sleep_forever()

    with pytest.raises((ValueError, ExceptionGroup)) as caught, scope:
        await producer.run_with(body)
    assert producer.raised(caught.value)


@WHEN
async def test_errors_of_both_leave_in_one_group(ai, when):
    """C13: the body raises X, the producer fails with P: a group of X and P."""
    producer = Producer(ai, ValueError("P"), when=when)
    error = KeyError("X")

    async def body(stream):
        raise error

    with pytest.raises(ExceptionGroup, match=r"^a stream's consumer and its run both failed") as caught:
        await producer.run_with(body)
    first, second = caught.value.exceptions
    assert first is error
    assert producer.raised(second)


@pytest.mark.parametrize("receive", ["output", "__anext__"])
async def test_an_error_that_was_received_is_not_raised_again(ai, receive):
    """C13: nothing new of the producer: nothing, or X."""
    producer = Producer(ai, ValueError("P"), when="at once")
    error = KeyError("X")

    async def handles(stream):
        with pytest.raises(ValueError, match="P"):
            await getattr(stream, receive)()

    async def raises(stream):
        await handles(stream)
        raise error

    await producer.run_with(handles)
    with pytest.raises(KeyError) as caught:
        await producer.run_with(raises)
    assert caught.value is error


async def test_an_error_that_the_body_lets_pass_is_raised_once(ai):
    """C13: the error of the producer, received and raised on by the body, leaves alone."""
    producer = Producer(ai, ValueError("P"), when="at once")

    async def body(stream):
        await stream.output()

    with pytest.raises(ValueError, match="P") as caught:
        await producer.run_with(body)
    assert caught.value is producer.error


async def test_an_error_of_the_body_leaves_alone_when_the_run_is_merely_stopped(forever):
    """C13: nothing new of the producer: X, as it is."""
    error = KeyError("X")
    with pytest.raises(KeyError) as caught:
        async with forever.stream(1):
            raise error
    assert caught.value is error
    assert error.__context__ is None
    assert forever.ended or forever.runs == []


@pytest.mark.parametrize("error", [StopIteration, StopAsyncIteration, GeneratorExit])
async def test_any_exception_may_leave_the_block(forever, error):
    """C13: also those that generators know."""
    with pytest.raises(error):
        async with forever.stream(1):
            raise error


async def test_a_base_exception_of_the_run_and_an_error_of_the_body_are_a_group(ai):
    """C13: if the body raises another exception, both leave in one group."""

    @ai.flow
    async def work() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise KeyboardInterrupt

    with pytest.raises(BaseExceptionGroup) as caught:
        async with work.stream():
            await trio.testing.wait_all_tasks_blocked()
            raise KeyError("X")
    assert [type(exc) for exc in caught.value.exceptions] == [KeyError, KeyboardInterrupt]


async def test_a_value_that_comes_after_the_consumer_left_is_nobodys(ai):
    """C2, C13: values of streams left early are thrown away."""

    @ai.flow
    async def work() -> str:
        with trio.CancelScope(shield=True):
            await trio.lowlevel.checkpoint()
        return "value"

    async with work.stream():
        await trio.testing.wait_all_tasks_blocked()


def test_a_consumer_that_is_cancelled_is_not_said_to_have_stopped():
    """C29: the cause is what cancelled the consumer and its run together, in whichever order they notice."""
    causes = set()

    async def scenario(trial):
        ai = Genkit()
        runs = []

        @ai.flow
        async def work() -> None:
            runs.append(current_run())
            await trio.sleep_forever()

        with trio.move_on_after(5), trial.cancelled_by("cancel"):
            async with work.stream() as stream:
                await stream.output()
        causes.update(run.cause for run in runs)

    explore(scenario, seeds=range(6))
    assert causes == {Cause.DEADLINE, Cause.CALLER_CANCELLED}


@pytest.mark.parametrize("receive", ["output", "__anext__"])
async def test_a_receiver_in_another_task_learns_that_the_block_was_left(forever, ai, receive):
    """C11: ClosedResourceError, at once and never a quiet end."""
    outcomes = []

    @ai.flow
    async def stubborn(ctx: RunContext[int]) -> None:
        with trio.CancelScope(shield=True):
            await go.wait()
            await ctx.send_chunk(1)

    async def other(stream: ActionStream):
        with pytest.raises(trio.ClosedResourceError):
            await getattr(stream, receive)()
        outcomes.append("closed")
        go.set()

    async def leave(nursery: trio.Nursery):
        async with stubborn.stream() as stream:
            nursery.start_soon(other, stream)
            await trio.testing.wait_all_tasks_blocked()

    go = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(leave, nursery)
    assert outcomes == ["closed"]


async def test_a_streamed_run_can_be_cancelled_by_itself(ai):
    """C26: stream gives the run a scope; the consumer receives CANCELLED."""
    runs = []

    @ai.flow
    async def work(ctx: RunContext[int]) -> None:
        runs.append(current_run())
        await ctx.send_chunk(1)
        await trio.sleep_forever()

    async with work.stream() as stream:
        assert await anext(stream) == 1
        runs[0].request_cancel(Cause.CANCEL_API)
        with pytest.raises(PublicError) as caught:
            await anext(stream)
    assert caught.value.status is Status.CANCELLED
    assert runs[0].cause is Cause.CANCEL_API
