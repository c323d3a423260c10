"""Cutting text into pieces as a network does, and counting what is done with them."""

import sys
from collections.abc import Callable, Iterable
from types import FrameType

from hypothesis import strategies as st

cuts = st.lists(st.integers(1, 8), max_size=40)
"""Sizes of pieces; what is left is one more."""


def cut(text: str, sizes: Iterable[int]) -> list[str]:
    """Give the pieces of *text*; the last one is what the sizes leave."""
    pieces, start = [], 0
    for size in sizes:
        pieces.append(text[start : start + size])
        start += size
    return [*pieces, text[start:]]


def calls_of(action: Callable[[], object]) -> int:
    """Count the functions, of Python and of C, that *action* calls: a measure of time that no machine changes."""
    count = 0

    def notice(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(notice)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count
