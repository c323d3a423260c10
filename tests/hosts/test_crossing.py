"""The way from threads into a trio run, step by step."""

import pytest
import trio
import trio.testing

from genkit_trio import Cause, PublicError
from genkit_trio._hosts.crossing import Call, Crossing
from genkit_trio.lowlevel import RunScope, Span, current_span


async def _nothing() -> None: ...


def _call(fn=_nothing) -> Call[None]:
    return Call("it", fn, RunScope(), None)


async def test_a_call_that_is_cancelled_before_it_begins_never_starts():
    """C2: a thread may be interrupted between the two."""
    call = _call()
    call.cancel(Cause.CALLER_CANCELLED)
    call.begin(_fail)
    call.cancel(Cause.CALLER_CANCELLED)
    with pytest.raises(PublicError, match="it was cancelled"):
        call.result()


def _fail(*_: object, **__: object) -> None:
    raise AssertionError("it was started")


async def test_a_call_that_comes_when_the_nursery_is_closed_is_refused():
    async with trio.open_nursery() as nursery:
        pass
    call = _call()
    call.begin(nursery.start_soon)
    assert "portal is closed" in str(call.error())


async def test_a_cancelled_call_is_told_to_its_thread_and_to_its_nursery():
    call = _call(trio.sleep_forever)
    async with trio.open_nursery() as nursery:
        call.begin(nursery.start_soon)
        nursery.cancel_scope.cancel()
    assert "it was cancelled with its runtime" in str(call.error())


def test_after_the_trio_run_nothing_can_be_begun_or_asked():
    async def main() -> Crossing:
        return Crossing(_fail)

    crossing = trio.run(main)
    call = _call()
    with pytest.raises(PublicError, match="portal is closed"):
        crossing.run(call)
    crossing.cancel(call, Cause.CALLER_CANCELLED)
    token = current_span.set(Span("elsewhere", "util", "", None))
    try:
        assert crossing.parent() is None
    finally:
        current_span.reset(token)


async def test_the_thread_of_trio_does_not_wait():
    call = _call()
    Crossing(_fail).wait(call)
    assert not call.has_ended
