"""Every parser of bytes that strangers send gives a value or a documented error, in time proportional to the size.

``tox run -e fuzz`` goes on from here, led by the code that is reached.
"""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genkit_trio import GenkitError
from tests.faults import parsers
from tests.faults.fuzz import KEPT, LARGEST_KEPT, arcs_of, keep
from tests.faults.parsers import CORPORA, LARGE, PARSERS, Parser, check, check_time, inputs_of, stretched
from tests.faults.seeds import SEEDS, WORDS

ALL = [
    pytest.param(name, id=name, marks=[pytest.mark.extra] if parser.extra else []) for name, parser in PARSERS.items()
]
SPOILS = st.lists(
    st.tuples(st.integers(0, 2000), st.integers(0, 8), st.integers(0, 100), st.binary(max_size=4)), max_size=4
)


def spoiled(name, which, spoils):
    """Take an input that is of interest, and do to it what a fuzzer does: words, and a few bytes, in other places."""
    inputs, words = inputs_of(name), WORDS[name]
    data = bytearray(inputs[which % len(inputs)])
    for at, length, word, others in spoils:
        place = at % (len(data) + 1)
        data[place : place + length] = words[word % len(words)] if word % 2 else others
    return bytes(data)


@pytest.mark.parametrize("name", ALL)
def test_what_is_of_interest_is_a_value_or_a_documented_error(name):
    for data in inputs_of(name):
        check(PARSERS[name], data)


@pytest.mark.parametrize("name", ALL)
def test_spoiled_input_is_a_value_or_a_documented_error(name):
    @settings(max_examples=40)
    @given(which=st.integers(0, 1000), spoils=SPOILS)
    def is_held_to_the_rule(which, spoils):
        check(PARSERS[name], spoiled(name, which, spoils))

    is_held_to_the_rule()


@pytest.mark.parametrize("name", ALL)
def test_any_bytes_are_a_value_or_a_documented_error(name):
    @settings(max_examples=20)
    @given(st.binary(max_size=100))
    def is_held_to_the_rule(data):
        check(PARSERS[name], data)

    is_held_to_the_rule()


@pytest.mark.parametrize("name", ALL)
def test_time_is_proportional_to_size(name):
    inputs = inputs_of(name)
    for data in [*inputs[:: max(1, len(inputs) // 4)], b"[", b" ", b"\\"]:
        check_time(PARSERS[name], data)


@pytest.mark.parametrize("name", ALL)
def test_a_corpus_is_small(name):
    files = [*(CORPORA / name).iterdir()]
    assert len(files) <= KEPT
    assert all(file.stat().st_size <= LARGEST_KEPT for file in files)


def test_there_is_no_corpus_without_its_parser():
    assert {folder.name for folder in CORPORA.iterdir()} == {*PARSERS}


def parser_of(read, *errors):
    return Parser({read: errors})


def test_another_error_than_the_documented_one_is_noticed():
    parser = parser_of(lambda data: data.decode("ascii"), GenkitError)
    check(parser, b"a")
    with pytest.raises(UnicodeDecodeError):
        check(parser, b"\xff")


def test_an_error_that_cannot_be_shown_is_noticed():
    def refuse(data):
        raise ValueError(data.decode())

    check(parser_of(refuse, ValueError), b"a")
    with pytest.raises(AssertionError, match="can be shown"):
        check(parser_of(refuse, ValueError), b"a\n")


def test_an_error_of_the_server_is_noticed_where_the_input_is_at_fault():
    def refuse(data):
        raise GenkitError("INTERNAL", "no")

    check(parser_of(refuse, GenkitError), b"a")


@pytest.mark.parametrize("size", [1, 10, 100])
def test_a_part_is_repeated_until_all_is_large(size):
    data = bytes(range(size))
    assert LARGE - 24 <= len(stretched(data, LARGE)) <= LARGE + size


def read_with_calls(data):
    for start in range(0, len(data), 100):
        for byte in data[start:]:
            abs(byte)


def read_with_a_regular_expression(data):
    re.search(rb"(\[+)+$", data[:26])
    re.search(rb"\[+x", data)


@pytest.mark.parametrize("read", [read_with_calls, read_with_a_regular_expression])
def test_time_that_grows_faster_than_the_size_is_noticed(read):
    with pytest.raises(AssertionError, match=r"calls for|not proportional"):
        check_time(parser_of(read), b"[")


def test_which_code_is_reached_tells_inputs_apart():
    reached = [arcs_of(lambda data=data: check(PARSERS["json"], data)) for data in (b"[", b"[1]", b"\xff", b"[2]")]
    assert reached[1] == reached[3]
    assert all(reached)
    assert reached[0] != reached[1] != reached[2] != reached[0]


def test_a_corpus_is_the_fewest_inputs_that_reach_what_the_seeds_do_not(tmp_path, monkeypatch):
    monkeypatch.setattr(parsers, "CORPORA", tmp_path / "corpora")
    found = tmp_path / "found"
    found.mkdir()
    inputs = [b"\xff", b"\xfe", b"nonsense", b"\xef\xbb\xbf1", b"1" * LARGEST_KEPT + b"2", *SEEDS["json"]]
    for number, data in enumerate(inputs):
        (found / str(number)).write_bytes(data)
    keep("json", found)
    assert sorted(inputs_of("json")) == sorted([b"\xfe", b"nonsense", b"\xef\xbb\xbf1", *SEEDS["json"]])
    keep("json", found)
    assert len([*(tmp_path / "corpora" / "json").iterdir()]) == 3
