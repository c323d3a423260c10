"""What models answer in ``partial_json``. Only the standard library is imported, because the peer uses this too."""

import json
from collections.abc import Callable, Mapping
from typing import Final

CHUNK: Final = 32
"""Characters in a chunk."""

OBJECT_SIZE: Final = 90


def small_objects(size: int) -> str:
    """Return a JSON array of about *size* characters, of objects of four fields."""
    orders = [
        {"id": number, "customer": f"customer {number}", "tags": ["new", "paid"], "total": number / 4}
        for number in range(max(1, size // OBJECT_SIZE))
    ]
    return json.dumps(orders)


def one_string(size: int) -> str:
    """Return an object with one long string."""
    return json.dumps({"essay": "The quick brown fox. " * (size // 21)})


def escaped_string(size: int) -> str:
    """Return an object with one long string that is full of escapes, as program code and other languages are."""
    return json.dumps({"code": '\tprint("ä😀")\n' * (size // 34)})


def numbers(size: int) -> str:
    """Return an array of numbers, most of which a chunk ends within."""
    return json.dumps([number / 7 for number in range(size // 20)])


def chunks_of(answer: str) -> list[str]:
    """Return *answer* in chunks."""
    return [answer[start : start + CHUNK] for start in range(0, len(answer), CHUNK)]


ANSWERS: Final[Mapping[str, Callable[[int], str]]] = {
    "array of small objects": small_objects,
    "one long string": one_string,
    "one string of escapes": escaped_string,
    "numbers": numbers,
}
