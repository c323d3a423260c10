"""Requests in memory, what can happen to them, and what a client may be told."""

import trio

from genkit_trio import Cause, open_runtime
from genkit_trio._core import current_roots
from genkit_trio._runtime import cancel_by_trace_id
from genkit_trio.lowlevel import live_runs
from tests.faults.scenes import causes_of, nothing, watched
from tests.faults.works import RUNTIME, ai

GOODBYES = ("client disconnects", "client half-closes", "client stalls")
BLOWS = (
    *GOODBYES,
    "server is cancelled",
    "runtime is cancelled",
    "cancel API",
    "deadline",
    "drain",
    "child raises",
)
STATUSES = {
    "server is cancelled": {"UNAVAILABLE"},
    "runtime is cancelled": {"UNAVAILABLE"},
    "other server is cancelled": {"UNAVAILABLE"},
    "connection is lost": {"UNAVAILABLE"},
    "process is killed": {"UNAVAILABLE"},
    "worker is killed": {"INTERNAL"},
    "Redis is restarted": {"UNAVAILABLE"},
    "cancel from another node": {"CANCELLED"},
    "drain": {"UNAVAILABLE"},
    "cancel API": {"CANCELLED"},
    "deadline": {"DEADLINE_EXCEEDED"},
    "child raises": {"INTERNAL"},
}
"""What a client that is there may be told, beside the result."""


def statuses_of(events):
    """Return the statuses that a client may be told after *events*."""
    return set().union(*(STATUSES.get(event, ()) for event in events))


def scene(application, new_request, check_answer, *, always=(), beside=nothing):
    """Return the scenario of one request.

    Args:
      application: makes the ASGI application, given the runtime and the request.
      new_request: makes the request.
      check_answer: holds the answer to what may be told; given the request and what has happened.
      always: causes for which runs may be cancelled without any event.
      beside: opens what is there beside the application, and is not cancelled with it.
    """

    async def scenario(trial):
        with watched(trial) as spans:
            request, end = new_request(), trio.Event()
            async with beside(), trio.open_nursery() as nursery:
                runtime, scope = await nursery.start(keep_open, end)
                RUNTIME.set(runtime)
                app = application(runtime, request)
                arm(trial, request, end)
                trial.on("runtime is cancelled", scope.cancel)
                with trial.cancelled_by("server is cancelled"):
                    await app(request.scope, request.receive, request.send)
                end.set()
        _check_rules(request, trial.events)
        check_answer(request, trial.events)
        # C8: where the run's own deadline has passed as well, the scope around it owns the end.
        both = {Cause.CALLER_CANCELLED} if {"server is cancelled", "deadline"} <= {*trial.events} else set()
        assert spans.causes() <= causes_of(trial.events, {*always, *both}), (spans.causes(), trial.events)

    return scenario


def arm(trial, client, end):
    """Say what happens to a client, to the runtime whose end is an event, and to the runs in it."""
    trial.on("client disconnects", client.disconnect)
    trial.on("client half-closes", client.half_close)
    trial.on("client stalls", client.stall)
    trial.on("cancel API", cancel_roots)
    trial.on("deadline", pass_deadlines)
    trial.on("drain", end.set)


async def keep_open(end, *, task_status):  # noqa: ASYNC114  # started by scenarios
    """Keep a runtime open until the event *end*."""
    scope = trio.CancelScope()
    with scope:
        async with open_runtime(ai, drain_timeout=0.5) as runtime:
            task_status.started((runtime, scope))
            await end.wait()


def cancel_roots():
    """Cancel each run that is no child of another, as the cancel API does."""
    for run in live_runs():
        cancel_by_trace_id(run.trace_id)


def pass_deadlines():
    """Let the time of each of them be up."""
    for run in current_roots().runs:
        run.scope.tighten(trio.current_time())


def _check_rules(request, events):
    if "client stalls" in events:
        # The timeout of a write breaks off the last send().
        assert request.offences == []
    else:
        request.check()
