"""The library's own nursery: one error leaves as it is."""

import pytest
import trio

from genkit_trio._core import open_nursery


async def fail(error):
    raise error


async def test_an_error_that_is_alone_leaves_alone():
    """C3: and has no group as its context."""
    error = ValueError("x")
    with pytest.raises(ValueError, match="x") as caught:
        async with open_nursery() as nursery:
            nursery.start_soon(fail, error)
    assert caught.value is error
    assert not isinstance(error.__context__, BaseExceptionGroup)


async def test_an_error_of_the_block_leaves_alone():
    """C3: whoever raises it."""
    error = ValueError("x")
    with pytest.raises(ValueError, match="x") as caught:
        async with open_nursery():
            raise error
    assert caught.value is error


async def test_several_errors_leave_in_a_group():
    """C3: a group of several is what it is."""
    with pytest.raises(ExceptionGroup) as caught:
        async with open_nursery() as nursery:
            nursery.start_soon(fail, ValueError("x"))
            nursery.start_soon(fail, KeyError("y"))
    assert len(caught.value.exceptions) == 2


async def test_one_level_is_taken_off():
    """C3: a group that a user's function raised stays a group."""
    with pytest.raises(ExceptionGroup, match="mine"):
        async with open_nursery() as nursery:
            nursery.start_soon(fail, ExceptionGroup("mine", [ValueError("x")]))


async def test_a_group_that_holds_cancelled_stays_a_group():
    """C3: never collapsed to a leaf when Cancelled is in it."""
    seen = []

    async def cleanup():
        try:
            await trio.sleep_forever()
        finally:
            raise ValueError("x")

    with pytest.raises(ExceptionGroup), trio.CancelScope() as scope:
        try:
            async with open_nursery() as nursery:
                nursery.start_soon(cleanup)
                nursery.start_soon(trio.sleep_forever)
                await trio.lowlevel.checkpoint()
                scope.cancel()
        except BaseExceptionGroup as group:
            seen.extend(sorted(type(exc).__name__ for exc in group.exceptions))
            raise
    assert seen == ["Cancelled", "ValueError"]


async def test_nothing_is_raised_when_nothing_went_wrong():
    async with open_nursery() as nursery:
        nursery.start_soon(trio.lowlevel.checkpoint)
