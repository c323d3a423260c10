"""The demo's flows: ``split`` and ``score``, and ``digest``, which needs both and streams what it chooses."""

from contextvars import ContextVar
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

import attrs

from ... import Genkit, PublicError, RunContext
from .text import choices, sentences_of, weights_of

ai: Final = Genkit()
own_text: Final = ContextVar[str | None]("genkit_trio.demo.own_text", default=None)
"""The text that is digested when a request brings none, in place of the sample."""
MOST: Final = 100


@attrs.frozen
class DigestRequest:
    """What to digest, and how far.

    Args:
      text: the text; without it, the file that the demo was started with.
      sentences: how many sentences the digest has.
    """

    text: str | None = None
    sentences: int = 3


@attrs.frozen
class Digest:
    """The chosen sentences in the order of the text, and how many there were."""

    summary: str
    sentences: int
    out_of: int


@ai.flow(timeout=20)
def split(text: str) -> list[str]:
    """Split a text into sentences, in a worker thread."""
    return sentences_of(text)


@ai.flow(timeout=60, run_in="process")
def score(sentences: list[str]) -> list[float]:
    """Weigh sentences, in a worker process, which is killed when the run is cancelled."""
    return weights_of(sentences)


@ai.flow(timeout=90)
async def digest(request: DigestRequest, ctx: RunContext[str]) -> Digest:
    """Choose the sentences that say most of what a text says, and stream them as they are chosen."""
    if not 1 <= request.sentences <= MOST:
        raise PublicError("INVALID_ARGUMENT", f"sentences is {request.sentences}; it must be from 1 to {MOST}")
    sentences = await split(_text_of(request))
    if not sentences:
        raise PublicError("INVALID_ARGUMENT", "the text has no sentences; send some prose")
    weights = await score(sentences)
    chosen: list[int] = []
    for place in islice(choices(sentences, weights), request.sentences):
        chosen.append(place)
        await ctx.send_chunk(sentences[place])
    summary = " ".join(sentences[place] for place in sorted(chosen))
    return Digest(summary, len(chosen), len(sentences))


def _text_of(request: DigestRequest) -> str:
    if request.text is not None:
        return request.text
    return own_text.get() or sample()


@cache
def sample() -> str:
    """Return the text that comes with the demo."""
    return Path(__file__).with_name("sample.txt").read_text(encoding="utf-8")
