"""The private ways of asking trio say what the public ones do."""

import math

import pytest
import trio

from genkit_trio._core import cancelled


def asked_publicly() -> tuple[bool, float]:
    deadline = trio.current_effective_deadline()
    return deadline == -math.inf, deadline


def asked_here() -> tuple[bool, float]:
    return cancelled.is_cancelled(), cancelled.effective_deadline()


@pytest.mark.parametrize("shield", [False, True])
@pytest.mark.parametrize("inner", [math.inf, 10, 30])
@pytest.mark.parametrize("outer", [math.inf, 20, 0])
async def test_nested_scopes_are_told_as_trio_tells_them(outer, inner, shield, autojump_clock):
    with trio.CancelScope(deadline=outer) as first, trio.CancelScope(deadline=inner, shield=shield) as second:
        assert asked_here() == asked_publicly()
        await trio.lowlevel.cancel_shielded_checkpoint()
        assert asked_here() == asked_publicly()
        second.shield = False
        first.cancel()
        assert asked_here() == asked_publicly() == (True, -math.inf)


async def test_a_child_of_a_nursery_is_asked_about_its_own_scopes(autojump_clock):
    asked = []

    async def child() -> None:
        asked.append((asked_here(), asked_publicly()))

    with trio.move_on_after(7):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(child)
            nursery.start_soon(child)
    assert asked == [((False, 7), (False, 7))] * 2


async def test_a_trio_with_other_attributes_is_asked_publicly(monkeypatch, autojump_clock):
    monkeypatch.setattr(cancelled, "GLOBAL_RUN_CONTEXT", object())
    with trio.move_on_after(7) as scope:
        assert asked_here() == (False, 7)
        scope.cancel()
        assert asked_here() == (True, -math.inf)
        await trio.lowlevel.cancel_shielded_checkpoint()


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("by_deadline", [True, False])
async def test_a_deadline_is_told_from_a_cancellation(by_deadline, told, monkeypatch, autojump_clock):
    """C29: by trio's word on the task, or else on the exception."""
    with trio.move_on_after(7) as scope:
        try:
            if not by_deadline:
                scope.cancel()
            await trio.sleep_forever()
        except trio.Cancelled as exc:
            if not told:
                monkeypatch.setattr(cancelled, "GLOBAL_RUN_CONTEXT", object())
            assert cancelled.is_past_deadline(exc) is by_deadline
            assert cancelled.is_past_deadline(BaseExceptionGroup("", [exc])) is by_deadline
            raise
