"""What the scenarios share: what a step of work looks like, and what must be so in the end, whatever happened."""

from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

import pytest
import trio

from genkit_trio import Cause, State
from genkit_trio.lowlevel import current_thread_limiter, recording

TRIAL = ContextVar("trial")
"""The trial that is being run: flows are defined once, and find it here."""

PACE = ContextVar("pace", default=1.0)
"""What a second of work takes: less, where time is real."""

SEEDS = [pytest.param(seed, marks=[pytest.mark.slow] * (seed > 0), id=f"seed {seed}") for seed in range(20)]
"""Orders of the tasks, one test for each."""
PAIRS = 50
"""How many pairs of events are tried with each of them."""


class Boom(Exception):
    """What the child raises."""


async def work(seconds=1.0, name="work"):
    """Take some time, and more for the cleanup; raise when the child is to raise."""
    trial = TRIAL.get()
    with trial.counted(name):
        try:
            with trial.failing_by("child raises", Boom()):
                await trio.sleep(seconds * PACE.get())
        finally:
            with trio.CancelScope(shield=True):
                await trio.lowlevel.checkpoint()


class Spans:
    """A recorder that holds spans to their life: they start once, end once, and know how."""

    def __init__(self):
        self.open = []
        self.closed = []

    def started(self, span):
        assert span not in self.open
        self.open.append(span)

    def ended(self, span):
        self.open.remove(span)
        self.closed.append(span)

    def causes(self):
        """Return why runs were cancelled."""
        return {span.cause for span in self.closed if span.state is State.CANCELLED}

    def check(self):
        """Hold every span to its end."""
        assert self.open == []
        for span in self.closed:
            assert span.state in {State.SUCCEEDED, State.FAILED, State.CANCELLED}
            assert span.end is not None
            assert (span.cause is not None) == (span.state is State.CANCELLED)


@contextmanager
def watched(trial):
    """Play the block as *trial*, and look for what it has left."""
    spans = Spans()
    TRIAL.set(trial)
    with recording(spans):
        yield spans
        spans.check()
        assert current_thread_limiter().borrowed_tokens == 0


CAUSES = {
    "cancel": {Cause.CALLER_CANCELLED, Cause.PARENT_CANCELLED},
    "deadline": {Cause.DEADLINE, Cause.PARENT_CANCELLED},
    "consumer leaves": {Cause.CONSUMER_STOPPED, Cause.PARENT_CANCELLED},
    "child raises": {Cause.SIBLING_FAILED, Cause.PARENT_CANCELLED},
    "drain": {Cause.DRAIN, Cause.PARENT_CANCELLED},
    "cancel API": {Cause.CANCEL_API, Cause.PARENT_CANCELLED},
    "client disconnects": {Cause.CLIENT_DISCONNECT, Cause.PARENT_CANCELLED},
    "client half-closes": {Cause.CLIENT_DISCONNECT, Cause.PARENT_CANCELLED},
    "client resets": {Cause.CLIENT_DISCONNECT, Cause.PARENT_CANCELLED},
    "client stalls": {Cause.CLIENT_STALLED, Cause.PARENT_CANCELLED},
    "server is cancelled": {Cause.DRAIN, Cause.PARENT_CANCELLED},
    "other server is cancelled": {Cause.DRAIN, Cause.PARENT_CANCELLED},
    "runtime is cancelled": {Cause.DRAIN, Cause.PARENT_CANCELLED, Cause.CALLER_CANCELLED},
}
"""Why runs may say that they were cancelled, by what has happened."""


def causes_of(events, always=()):
    """Return the causes that runs may name after *events*."""
    return {*always}.union(*(CAUSES.get(event, ()) for event in events))


def leaves_of(error):
    """Return the exceptions in *error* that are no groups."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in leaves_of(inner)]
    return [error]


@asynccontextmanager
async def nothing():
    """Have nothing beside the caller."""
    yield


def in_process(work, expected, *, always=(), errors=(Boom,), beside=nothing):
    """Return the scenario of a caller in this process, whose scope is cancelled or runs out of time.

    Args:
      work: what the caller awaits.
      expected: what it returns when nothing happens.
      always: causes for which runs may be cancelled without any event.
      errors: what it may raise after an event.
      beside: opens what is there beside the caller, and is not cancelled with it.
    """

    async def scenario(trial):
        value = error = None
        with watched(trial) as spans:
            async with beside():
                # Outside: from a group with Cancelled in it, the scope takes that out, and leaves the rest.
                try:
                    with trial.timed_out_by("deadline") as late, trial.cancelled_by("cancel") as cancelled:
                        value = await work()
                except Exception as exc:
                    error = exc
            stopped = {name for name, scope in (("deadline", late), ("cancel", cancelled)) if scope.cancelled_caught}
            assert stopped <= set(trial.events)
            if error is not None:
                assert trial.events, repr(error)
                assert all(isinstance(leaf, errors) for leaf in leaves_of(error)), error
                assert "child raises" in trial.events or Boom not in map(type, leaves_of(error))
            elif stopped:
                assert value is None
            else:
                assert value == expected or (callable(expected) and expected(value, trial.events)), value
        assert spans.causes() <= causes_of(trial.events, always), (spans.causes(), trial.events)

    return scenario
