"""Spawned runs whose runtime begins to end before they do."""

import pytest

from genkit_trio import Genkit, GenkitError, open_runtime
from genkit_trio._core import current_roots
from genkit_trio.lowlevel import recording

ai = Genkit()


@ai.flow
async def greet() -> str:
    return "Hello!"


class Told:
    """A recorder that remembers what it was told."""

    def __init__(self):
        self.started_spans = []
        self.ended_spans = []

    def started(self, span):
        self.started_spans.append(span.name)

    def ended(self, span):
        self.ended_spans.append(span.name)


async def test_a_recorder_is_not_told_the_end_of_a_run_that_was_refused():
    """C27: spawned in the moment before the runtime drains, it never begins."""
    told = Told()
    with recording(told):
        async with open_runtime(ai, drain_timeout=0) as runtime:
            spawned = runtime.spawn(greet, timeout=5)
            current_roots().draining = True
            with pytest.raises(GenkitError, match="shutting down"):
                await spawned.output()
    assert told.started_spans == told.ended_spans == []
