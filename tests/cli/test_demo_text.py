"""What the demo does to a text."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genkit_trio.cli.demo.pipeline import sample
from genkit_trio.cli.demo.text import choices, sentences_of, weights_of

pytestmark = pytest.mark.extra


def test_sentences_end_where_a_new_one_begins():
    sentences = [
        "Is this one of them?",
        "\u201cAnd this is one too.\u201d",
        "Then 3.5 or 4 more of them follow.",
        "(They all do!)",
        "So it goes on.",
    ]
    assert sentences_of(" ".join(sentences)) == [one for one in sentences if one != "(They all do!)"]


def test_an_abbreviation_ends_no_sentence():
    text = "Mrs. Aldous met Dr. Bell at St. Ives. J. R. Hill, e.g. Anna's uncle, was there too."
    assert sentences_of(text) == [
        "Mrs. Aldous met Dr. Bell at St. Ives.",
        "J. R. Hill, e.g. Anna's uncle, was there too.",
    ]


def test_lines_are_joined_and_headings_left_out():
    text = "Of the sea and its tides\n\nThe sea comes up\nand goes  down again.\r\n \r\nNobody knows quite why."
    assert sentences_of(text) == ["The sea comes up and goes down again.", "Nobody knows quite why."]


def test_a_long_line_without_an_end_mark_is_a_sentence():
    line = "one two three four five six seven eight words without an end"
    assert sentences_of(line) == [line]


def test_what_is_said_often_weighs_more():
    sentences = [
        "The ferry waits for the tide.",
        "My aunt keeps seven grey geese.",
        "The tide decides when the ferry leaves.",
        "A ferry without a tide stays on the mud.",
        "Nobody has ever seen the mayor dance.",
    ]
    weights = weights_of(sentences)
    assert sum(weights) == pytest.approx(1)
    assert min(weights[0], weights[2], weights[3]) > max(weights[1], weights[4])


def test_a_repetition_is_chosen_last():
    sentences = ["the ferry and the tide", "the ferry and the tide", "a goose on the mayor"]
    assert list(choices(sentences, [0.5, 0.4, 0.1])) == [0, 2, 1]


def test_the_weights_of_the_same_text_are_the_same():
    sentences = sentences_of(sample())
    assert weights_of(sentences) == weights_of(list(sentences))


@given(st.text())
def test_any_text_is_split_weighed_and_chosen_from(text):
    sentences = sentences_of(text)
    if sentences:
        places = list(islice(choices(sentences, weights_of(sentences)), 3))
        assert len(set(places)) == min(3, len(sentences))
