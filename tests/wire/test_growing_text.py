"""Text that is looked at often, and copied seldom."""

from hypothesis import given
from hypothesis import strategies as st

from genkit_trio._wire.growing_text import EXACT, GrowingText


@given(st.lists(st.text(max_size=5)))
def test_short_text_is_shown_exactly(pieces):
    growing = GrowingText()
    for count, piece in enumerate(pieces, 1):
        growing.add(piece)
        assert growing.shown == "".join(pieces[:count])


@given(st.integers(1, 2_000), st.integers(1, 400))
def test_long_text_lags_behind_by_a_small_part(size, count):
    growing = GrowingText()
    for _ in range(count):
        growing.add("x" * size)
        length = len(growing.shown)
    assert size * count * 63 / 64 < length + 1 <= size * count + 1
    assert growing.whole == "x" * size * count
    assert growing.shown == growing.whole


def test_a_character_is_copied_a_limited_number_of_times():
    growing = GrowingText()
    copied, last = 0, ""
    for _ in range(20_000):
        growing.add("x" * 32)
        if growing.shown is not last:
            last = growing.shown
            copied += len(last)
    assert copied < 640_000 * 66 + EXACT * EXACT // 32
