"""Who is told of spans."""

from genkit_trio import Genkit
from genkit_trio.lowlevel import Span, recording


class Diary:
    """A recorder that writes down what it is told."""

    def __init__(self):
        self.entries: list[str] = []

    def started(self, span: Span) -> None:
        self.entries.append(f"{span.name} started")

    def ended(self, span: Span) -> None:
        self.entries.append(f"{span.name} ended {span.state.value}")


ai = Genkit()


@ai.flow
async def inner(number: int) -> int:
    return number + 1


@ai.flow
async def outer(number: int) -> int:
    return await inner(number) + await ai.run("step", inner.fn, number)


WHOLE = [
    "outer started",
    "inner started",
    "inner ended succeeded",
    "step started",
    "step ended succeeded",
    "outer ended succeeded",
]


async def test_a_recorder_sees_the_spans_that_start_in_its_block():
    diary = Diary()
    await outer(1)
    with recording(diary):
        await outer(1)
    await outer(1)
    assert diary.entries == WHOLE


async def test_two_recorders_both_see_every_span():
    first, second = Diary(), Diary()
    with recording(first), recording(second):
        await outer(1)
    assert first.entries == second.entries == WHOLE


async def test_the_blocks_of_recorders_may_overlap():
    first, second = Diary(), Diary()
    with recording(first):
        block = recording(second)
        block.__enter__()
        await outer(1)
    await outer(1)
    block.__exit__(None, None, None)
    await outer(1)
    assert first.entries == WHOLE
    assert second.entries == WHOLE * 2


async def test_a_span_is_reported_to_its_end_although_the_block_was_left():
    diary = Diary()
    with recording(diary):
        span = Span("work", "util", "", None)
        recorder = span.find_recorder()
        assert recorder is not None
        recorder.started(span)
    span.succeed()
    assert diary.entries == ["work started", "work ended succeeded"]
