"""What the demo does to a text, as pure functions: sentences, their weight, and a choice of them.

The weights are those of PageRank, as if each sentence linked to every other by the words that they share. The links
are never made: going from sentences to words and back takes time in proportion to the text instead of to its square.
No list of common words is needed, and no language.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

SHORTEST: Final = 4
"""Words below which a sentence says too little to be chosen."""
UNFINISHED: Final = 8
"""Words below which a line without an end mark is a heading rather than a sentence."""
ROUNDS: Final = 40
"""How often weights go to the words and back; they change in the fourth digit then."""
DAMPING: Final = 0.85
"""How much of a weight comes by the words; the rest is the same for all."""
POOL: Final = 200
"""Sentences among which is chosen, so that choosing takes no time however long the text is."""

_PARAGRAPH: Final = re.compile(r"\n\s*\n")
_CLOSING: Final = "\"'\u201d\u2019)]"  # may stand between the end mark and the space
_END: Final = re.compile(rf"(?<=[.!?])[{re.escape(_CLOSING)}]*\s+(?=[\"'\u201c\u2018(\[]?[A-Z0-9\u00c0-\u00de])")
_ABBREVIATION: Final = re.compile(r"(?:^|[\s(])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|No|vs|etc|cf|e\.g|i\.e)\.$")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")

Weights = list[tuple[int, float]]  # of one sentence: the number of each word, and its weight there


def sentences_of(text: str) -> list[str]:
    """Return the sentences of *text* in order; headings are left out."""
    found = (
        sentence for paragraph in _PARAGRAPH.split(text) for sentence in _sentences_in(" ".join(paragraph.split()))
    )
    return [sentence for sentence in found if len(words_of(sentence)) >= _least_of(sentence)]


def words_of(sentence: str) -> list[str]:
    """Return the words of *sentence*, without case."""
    return [word.casefold() for word in _WORD.findall(sentence)]


def weights_of(sentences: list[str]) -> list[float]:
    """Return the weight of each sentence: how much of what the text is about is in it. They sum up to 1.

    This is the part that takes a processor's time, in proportion to the length of the text.
    """
    rows, words = _rows_of(sentences)
    links = _passed_on(rows, words, [1.0] * len(rows))
    weights = [1 / len(rows)] * len(rows)
    for _ in range(ROUNDS):
        given = [weight / link if link else 0.0 for weight, link in zip(weights, links, strict=True)]
        weights = _normalised(_passed_on(rows, words, given))
    return [round(weight, 9) for weight in weights]


def choices(sentences: list[str], weights: list[float]) -> Iterator[int]:
    """Yield the places of the sentences worth reading, best first.

    A sentence loses as much of its weight as it repeats of those chosen before.
    """
    ranked = sorted(range(len(sentences)), key=lambda place: (-weights[place], place))[:POOL]
    words = {place: frozenset(words_of(sentences[place])) for place in ranked}
    repeated = dict.fromkeys(ranked, 0.0)
    while repeated:
        best = max(repeated, key=lambda place: weights[place] * (1 - repeated[place]))
        yield best
        del repeated[best]
        for place, before in repeated.items():
            repeated[place] = max(before, len(words[place] & words[best]) / len(words[place]))


def _least_of(sentence: str) -> int:
    return SHORTEST if sentence.rstrip(_CLOSING).endswith((".", "!", "?", ":")) else UNFINISHED


def _sentences_in(paragraph: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(paragraph):
        if not _ABBREVIATION.search(paragraph[start : end.start()]):
            yield paragraph[start : end.end()].strip()
            start = end.end()
    yield paragraph[start:]


def _rows_of(sentences: list[str]) -> tuple[list[Weights], int]:
    """Return each sentence as its words with their weights, and how many words there are."""
    counts = [Counter(words_of(sentence)) for sentence in sentences]
    within = Counter(word for count in counts for word in count)
    number = {word: index for index, word in enumerate(within)}
    # A word in most sentences tells nothing, and a long sentence says little by having many words.
    rarity = {word: math.log(len(sentences) / among) for word, among in within.items()}
    rows = [[(number[word], rarity[word] * n / len(count)) for word, n in count.items()] for count in counts]
    return rows, len(number)


def _passed_on(rows: list[Weights], words: int, given: list[float]) -> list[float]:
    """Return what each sentence receives when each gives so much to its words, and these to their sentences."""
    of_words = [0.0] * words
    for row, amount in zip(rows, given, strict=True):
        for word, share in row:
            of_words[word] += share * amount
    # What came from the sentence itself is taken out, or the words that nobody shares would count most.
    return [
        sum(share * (of_words[word] - share * amount) for word, share in row)
        for row, amount in zip(rows, given, strict=True)
    ]


def _normalised(weights: list[float]) -> list[float]:
    total = sum(weights) or 1.0
    even = (1 - DAMPING) / len(weights)
    return [DAMPING * weight / total + even for weight in weights]
