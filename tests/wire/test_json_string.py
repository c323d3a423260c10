"""Strings of JSON that arrive in pieces."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from genkit_trio._wire.json_string import JsonString, without_surrogates
from tests.wire.pieces import cut, cuts


def read(text: str, pieces: list[str]) -> tuple[JsonString, int]:
    """Read the pieces of a text after its quote, and return the string and where it ended."""
    string, done, rest = JsonString(text[0]), 1, ""
    for piece in pieces:
        position = string.read(rest + piece, 0)
        done += position - len(rest)
        rest = string.rest
        if string.state != "open":
            break
    return string, done


@given(st.text(), st.booleans(), cuts)
@example("\U0001f600\U0001f600", True, [1] * 30)
def test_a_string_is_read_whatever_its_pieces(value, is_ascii, cuts):
    text = json.dumps(value, ensure_ascii=is_ascii) + "after"
    string, end = read(text, cut(text[1:], cuts))
    assert string.text.whole == without_surrogates(value)
    assert string.state == "closed"
    assert text[end:] == "after"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud83d"', "\ufffd"),
        (r'"\ude00\ud83d"', "\ufffd\ufffd"),
        (r'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (r'"\ud83dx"', "\ufffdx"),
        (r'"\ud83d\n"', "\ufffd\n"),
        (r'"\\ud83d"', "\\ud83d"),
        (r'"\ud83d\\ude00"', "\ufffd\\ude00"),
        (r'"\q\'\"\0\v\/"', "q'\"\0\v/"),
        ('"a\\\nb\nc"', "ab\nc"),
        (r"'it\'s \"'", "it's \""),
        ("'\"'", '"'),
        ('""', ""),
    ],
)
def test_escapes_mean_what_they_mean_in_json5(text, value):
    for size in (1, 2, 3, 100):
        string, end = read(text, cut(text[1:], [size] * len(text)))
        assert (string.text.whole, string.state, end) == (value, "closed", len(text))


@pytest.mark.parametrize(("text", "end"), [(r'"ab\u12x4"', 3), (r'"\uzzzz', 1), (r'"\u"', 1)])
def test_an_escape_of_a_character_has_four_digits(text, end):
    for size in (1, 100):
        string, position = read(text, cut(text[1:], [size] * len(text)))
        assert (string.state, position) == ("broken", end)


@pytest.mark.parametrize("text", ['"', '"abc', '"\\', '"\\u12', '"\\ud83d', '"\\ud83d\\u'])
def test_a_string_without_its_end_is_open(text):
    assert read(text, [text[1:]])[0].state == "open"


def test_half_a_character_is_shown_when_its_other_half_has_come():
    string = JsonString('"')
    string.read(r"a\ud83d", 0)
    assert string.text.shown == "a"
    string.read(r"\ude00", 0)
    assert string.text.shown == "a\U0001f600"
