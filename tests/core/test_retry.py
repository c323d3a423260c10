"""Trying again, only where that can help."""

import pytest
import trio

from genkit_trio import DeadlineExceeded, GenkitError, PublicError, Retry, RunContext, State, Status
from genkit_trio._core import current_run
from genkit_trio._tracing import current_span

UNAVAILABLE = GenkitError(Status.UNAVAILABLE, "down")


class Flaky:
    """Fails so and so often, and notes when it was called and in which span."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.times = []
        self.spans = []

    async def __call__(self):
        self.times.append(trio.current_time())
        self.spans.append(current_span.get())
        if self.errors:
            raise self.errors.pop(0)
        return "value"


def flaky_flow(ai, retry, *errors, **options):
    flaky = Flaky(*errors)
    return flaky, ai.flow(name="flaky", retry=retry, **options)(flaky)


async def test_three_attempts_with_growing_waits(ai, autojump_clock):
    """C20: attempts=3, backoff=0.1, factor=2."""
    flaky, flow = flaky_flow(ai, Retry(jitter=False), UNAVAILABLE, UNAVAILABLE)
    assert await flow() == "value"
    assert flaky.times == pytest.approx([0, 0.1, 0.3])


async def test_the_last_error_is_raised_when_the_attempts_are_used_up(ai, autojump_clock):
    """C20, C3: the object of the last attempt."""
    errors = [PublicError(Status.UNAVAILABLE, str(number)) for number in range(5)]
    flaky, flow = flaky_flow(ai, Retry(), *errors)
    with pytest.raises(PublicError) as caught:
        await flow()
    assert caught.value is errors[2]
    assert len(flaky.times) == 3


@pytest.mark.parametrize("status", [Status.UNAVAILABLE, Status.RESOURCE_EXHAUSTED])
async def test_what_may_be_better_soon_is_tried_again(ai, autojump_clock, status):
    """C20: on=(UNAVAILABLE, RESOURCE_EXHAUSTED)."""
    _, flow = flaky_flow(ai, Retry(), GenkitError(status, "x"))
    assert await flow() == "value"


@pytest.mark.parametrize("error", [ValueError("x"), GenkitError(Status.INTERNAL, "x"), TimeoutError()])
async def test_what_will_not_be_better_is_raised_at_once(ai, error):
    """C20: only the statuses that were named."""
    flaky, flow = flaky_flow(ai, Retry(), error)
    with pytest.raises(type(error)):
        await flow()
    assert len(flaky.times) == 1


async def test_a_group_counts_as_its_gravest_error_and_so_does_its_wait(ai, autojump_clock):
    """C20: status and retry_after come from the same error."""
    error = ExceptionGroup("", [ExceptionGroup("", [PublicError(Status.UNAVAILABLE, "x", retry_after=7)])])
    flaky, flow = flaky_flow(ai, Retry(), error)
    assert await flow() == "value"
    assert flaky.times == pytest.approx([0, 7])


async def test_an_errors_own_wait_wins(ai, autojump_clock):
    """C20: an error's retry_after wins, also over max."""
    flaky, flow = flaky_flow(ai, Retry(max=1), PublicError(Status.UNAVAILABLE, "x", retry_after=30))
    assert await flow() == "value"
    assert flaky.times == pytest.approx([0, 30])


async def test_cancelled_is_never_tried_again(ai, autojump_clock):
    """C20: never on Cancelled."""
    calls = []

    @ai.flow(retry=Retry(on=tuple(Status)))
    async def work() -> None:
        calls.append(1)
        await trio.sleep_forever()

    with trio.move_on_after(1):
        await work()
    assert calls == [1]


async def test_nothing_is_repeated_after_the_first_chunk_was_accepted(ai, autojump_clock):
    """C20: a consumer never sees two beginnings."""
    calls = []

    @ai.flow(retry=Retry())
    async def work(ctx: RunContext[int]) -> None:
        calls.append(1)
        if len(calls) == 2:
            await ctx.send_chunk(len(calls))
        raise UNAVAILABLE

    seen = []
    with pytest.raises(GenkitError):
        async with work.stream() as stream:
            async for chunk in stream:
                seen.append(chunk)
    assert (seen, calls) == ([2], [1, 1])


async def test_it_never_sleeps_past_the_deadline(ai, autojump_clock):
    """C20: the last error is raised at once instead."""
    flaky, flow = flaky_flow(ai, Retry(backoff=2, jitter=False), *[UNAVAILABLE] * 3, timeout=5)
    with pytest.raises(GenkitError) as caught:
        await flow()
    assert caught.value is UNAVAILABLE
    assert flaky.times == pytest.approx([0, 2])
    assert trio.current_time() == pytest.approx(2)


async def test_the_callers_deadline_counts_too(ai, autojump_clock):
    """C20: whichever deadline is first."""
    flaky, flow = flaky_flow(ai, Retry(backoff=2, jitter=False), *[UNAVAILABLE] * 3)
    with pytest.raises(GenkitError), trio.fail_after(1):
        await flow()
    assert len(flaky.times) == 1
    assert trio.current_time() == 0


async def test_a_timeout_covers_all_attempts_and_sleeps(ai, autojump_clock):
    """C20: timeout= is for the whole."""
    calls = []

    @ai.flow(retry=Retry(backoff=1, factor=1, jitter=False, attempts=10), timeout=5)
    async def work() -> None:
        calls.append(trio.current_time())
        await trio.sleep(1)
        raise UNAVAILABLE

    with pytest.raises((DeadlineExceeded, GenkitError)):
        await work()
    assert calls == pytest.approx([0, 2, 4])
    assert trio.current_time() == pytest.approx(5)


async def test_there_is_one_span_for_each_attempt(ai, autojump_clock):
    """C20: one span per attempt, below the run, each with its outcome."""
    runs = []

    class Noted(Flaky):
        async def __call__(self):
            runs.append(current_run())
            return await super().__call__()

    flaky = Noted(UNAVAILABLE)
    assert await ai.flow(name="work", retry=Retry())(flaky)() == "value"
    assert [span.name for span in flaky.spans] == ["work attempt 1", "work attempt 2"]
    assert [span.state for span in flaky.spans] == [State.FAILED, State.SUCCEEDED]
    assert [span.parent for span in flaky.spans] == runs
    assert runs[0] is runs[1]
    assert flaky.spans[0].error is UNAVAILABLE


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
async def test_an_attempt_that_the_program_ends_has_failed(ai, error):
    flaky, flow = flaky_flow(ai, Retry(), error())
    with pytest.raises(error):
        await flow()
    assert flaky.spans[0].state is State.FAILED


async def test_an_attempt_that_is_cancelled_says_why(ai, autojump_clock):
    """C29: the cause of the run is that of its attempt."""
    spans = []

    @ai.flow(retry=Retry())
    async def work() -> None:
        spans.append(current_span.get())
        await trio.sleep_forever()

    with trio.move_on_after(1):
        await work()
    assert spans[0].state is State.CANCELLED
    assert spans[0].cause is spans[0].parent.cause


async def test_a_late_run_is_not_repeated(ai, autojump_clock):
    """C20: a run that failed after its deadline has no time for another attempt."""
    calls = []

    @ai.flow(retry=Retry(backoff=0), timeout=1)
    async def work() -> None:
        calls.append(1)
        autojump_clock.jump(2)
        raise UNAVAILABLE

    with pytest.raises(GenkitError):
        await work()
    assert calls == [1]


async def test_a_late_value_is_not_repeated(ai, autojump_clock):
    """C20, C9: a late run is not repeated."""
    calls = []

    @ai.flow(retry=Retry(), timeout=1)
    async def work() -> str:
        calls.append(1)
        autojump_clock.jump(2)
        return "late"

    assert await work() == "late"
    assert calls == [1]


async def test_runs_below_an_attempt_are_children_of_the_run(ai):
    """C29: an attempt is a part of the run, not a run."""

    @ai.flow
    async def child() -> bool:
        return current_run().parent_run.name == "parent" and current_span.get().parent.name == "parent attempt 1"

    @ai.flow(retry=Retry())
    async def parent() -> bool:
        return await child()

    assert await parent()


async def test_a_single_attempt_is_no_attempt_at_all(ai):
    flaky, flow = flaky_flow(ai, Retry(attempts=1), UNAVAILABLE)
    with pytest.raises(GenkitError):
        await flow()
    assert flaky.spans[0].name == "flaky"


def test_a_wait_grows_to_its_maximum_and_stays_there():
    """C20: max=10, whatever the attempt."""
    retry = Retry(jitter=False)
    waits = [retry.delay_of(UNAVAILABLE, attempt) for attempt in (1, 2, 3, 8, 5000)]
    assert waits == pytest.approx([0.1, 0.2, 0.4, 10, 10])


def test_jitter_draws_between_half_and_all_of_a_wait():
    """C20: jitter=True."""
    retry = Retry(backoff=4)
    waits = {retry.delay_of(UNAVAILABLE, 1) for _ in range(100)}
    assert all(2 <= wait <= 4 for wait in waits)
    assert len(waits) > 50


def test_retrying_never_is_refused():
    with pytest.raises(ValueError, match=r"^attempts is 0; it must be 1 or more$"):
        Retry(attempts=0)


@pytest.mark.parametrize("name", ["backoff", "factor", "max"])
@pytest.mark.parametrize("value", [-1, float("nan")])
def test_a_wait_that_cannot_be_waited_is_refused_at_the_definition(name, value):
    with pytest.raises(ValueError, match=rf"^{name} is {value}; it must be 0 or more$"):
        Retry(**{name: value})
