"""trio's nursery, for the library itself: an error that is alone leaves it as it is, not in a group (contract C3)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def open_nursery() -> AsyncGenerator[trio.Nursery, None]:
    """Open a nursery that raises the one exception there is, and a group only of several.

    One level is taken off: a group that a user's function raised stays a group.
    """
    try:
        async with trio.open_nursery() as nursery:
            yield nursery
    except BaseExceptionGroup as group:
        error = sole_member(group)
    else:
        return
    # Raised out here, the error does not get the group as its context.
    raise error


def sole_member(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the only exception in *group*, a group that a nursery of ours made, or the group itself."""
    return group.exceptions[0] if len(group.exceptions) == 1 else group
