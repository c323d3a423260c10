"""JSON that arrives in pieces."""

import contextlib
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from genkit_trio._wire import InvalidJson, JsonPush, dumps, json_in, loads, unfenced
from genkit_trio._wire.growing_text import EXACT
from tests.wire.pieces import calls_of, cut, cuts
from tests.wire.test_jsontext import json_values, scalars

roots = st.lists(json_values, max_size=5) | st.dictionaries(st.text(), json_values, max_size=5)
almost_json = st.text(alphabet="[]{}\"':,/*\n 0123456789-+.eE\\ud8ctrfalsn") | st.lists(
    st.sampled_from(
        ['{"a":', "[", "]", "}", ",", '"b"', "12", "-", "true", "nul", "c:", "'d'", "//", "/*", "*/", "\\u"]
    )
).map("".join)


def pushed(pieces: list[str], *, look: bool = True) -> JsonPush:
    push = JsonPush()
    for piece in pieces:
        push.feed(piece)
        if look:
            _ = push.value
    return push


def read_in_pieces(text: str) -> None:
    pushed([text[at : at + 32] for at in range(0, len(text), 32)])
    with contextlib.suppress(InvalidJson):
        json_in(text)


def leads_to(partial, whole) -> bool:
    """Whether a value may become another one by growing."""
    match partial, whole:
        case dict(), dict():
            keys = list(partial)
            ended = all(partial[key] == whole[key] for key in keys[:-1])
            return keys == list(whole)[: len(keys)] and ended and leads_to_last(partial, whole, keys[-1:])
        case list(), list():
            ended = partial[:-1] == whole[: max(0, len(partial) - 1)]
            return len(partial) <= len(whole) and ended and leads_to_last(partial, whole, [len(partial) - 1])
        case str(), str():
            return whole.startswith(partial)
        case _:
            # Of a number the first digits may have come.
            return (isinstance(partial, int | float) and isinstance(whole, int | float)) or partial is whole


def leads_to_last(partial, whole, last) -> bool:
    return not partial or all(leads_to(partial[key], whole[key]) for key in last)


@given(roots, st.sampled_from([None, 1]), st.booleans(), cuts)
@example({"a": {"b": [1, -2.5e10, True]}, "c": None}, 1, True, [1] * 60)
def test_a_value_is_the_same_whatever_its_pieces(value, indent, is_ascii, cuts):
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    expected = loads(json.dumps(value).encode())
    push = pushed(cut(text, cuts))
    assert push.value == expected
    assert push.is_complete
    assert push.fault is None


@given(roots, cuts)
@example([12345], [1] * 10)
@example({"a": "\u00e4\n", "b": [{}]}, [1] * 60)
def test_a_value_only_grows_and_stays_the_same_object(value, cuts):
    whole = loads(dumps(value))
    push = JsonPush()
    first = None
    for piece in cut(dumps(value).decode(), cuts):
        push.feed(piece)
        if first is None:
            first = push.value
        assert push.value is first
        assert first is None or leads_to(first, whole)


@given(almost_json, cuts)
@example("[1 a [2]", [])
@example('{"a":1 /', [8])
@example("[x/", [2])
@example("[/", [1, 1])
@example("[[12e,[", [])
@example("[12x[", [])
@example('{"a":12x}', [])
@example('{"a":"b","a":12x}', [])
@example('{"a":"b","a":true1,', [])
@example('[["ab\\u12x', [])
def test_neither_the_pieces_nor_looking_change_what_is_read(text, cuts):
    whole = pushed([text])
    for push in (pushed(cut(text, cuts)), pushed(list(text)), pushed(list(text), look=False)):
        assert repr(push.value) == repr(whole.value)
        assert (push.is_complete, push.fault, push.settled) == (whole.is_complete, whole.fault, whole.settled)


@given(almost_json | st.text())
def test_any_text_has_a_value_or_is_refused(text):
    with contextlib.suppress(InvalidJson):
        dumps(json_in(text))


@given(json_values, st.sampled_from(["{}", "\n {}\t", "```json\n{}\n```", "```\n{}```\n"]))
def test_text_that_is_json_is_that_value(value, frame):
    text = frame.replace("{}", dumps(value).decode())
    assert json_in(text) == loads(dumps(value))


@given(almost_json)
def test_what_json_accepts_is_read_in_the_same_way(text):
    try:
        value = loads(text.encode())
    except InvalidJson:
        return
    if isinstance(value, list | dict):
        assert repr(pushed(list(text)).value) == repr(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("Here it is:\n```json\n", None),
        ("Here it is:\n```json\n{", {}),
        ('{"a', {}),
        ('{"a"', {}),
        ('{"a":', {}),
        ('{"a": "', {"a": ""}),
        ('{"a": "b', {"a": "b"}),
        ('{"a": "b\\', {"a": "b"}),
        ('{"a": "b\\u00e', {"a": "b"}),
        ('{"a": "b\\u00e4', {"a": "b\u00e4"}),
        ('{"a": "b", "c', {"a": "b"}),
        ('{"a":1,"b":', {"a": 1}),
        ('{"id": 1', {"id": 1}),
        ('{"id": 12', {"id": 12}),
        ('{"id": -', {}),
        ('{"id": 1.', {"id": 1}),
        ('{"id": 1.5e', {"id": 1.5}),
        ('{"id": tru', {}),
        ('{"id": "a", "id": -', {"id": "a"}),
        ('{"id": "a", "id": -0', {"id": 0}),
        ('{"id": true', {"id": True}),
        ("[1,2,3,", [1, 2, 3]),
        ('[{"a":1},{"a"', [{"a": 1}, {}]),
        ('{"a":{"b":1,"c":]}}', {"a": {"b": 1}}),
        ("[" + "1" * 65, [int("1" * 18)]),
    ],
)
def test_a_part_of_a_text_has_the_value_that_it_says(text, value):
    push = JsonPush()
    push.feed(text)
    assert push.value == value
    assert not push.is_complete


def test_a_number_stays_as_it_was_until_there_is_a_better_one():
    push = JsonPush()
    seen = []
    for piece in ["[1", "2", ".", "5", "e", "1", ",", "1", "e", "]"]:
        push.feed(piece)
        seen.append(list(push.value))
    assert seen == [[1], [12], [12], [12.5], [12.5], [12.5], [125.0], [125.0, 1], [125.0, 1], [125.0]]
    assert push.fault == "expected a value, at character 10"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('prefix{"a":1}suffix', {"a": 1}),
        ("prefix[1,2,3]suffix", [1, 2, 3]),
        ('text{"a":{"b":[1,2]}}more } ]', {"a": {"b": [1, 2]}}),
        ('{"text": "not {a} json"}', {"text": "not {a} json"}),
        ('As [the source] says, {it} is [x](y):\n```json\n{"a":[1]}\n```\nIs it?', {"a": [1]}),
        ("{'a': 'b', c-1: [1, 2, ], $d: {},}", {"a": "b", "c-1": [1, 2], "$d": {}}),
        ("[1, // one\n 2 /* two */, /**/ 3 /***/]", [1, 2, 3]),
        ('{/*k*/"a"/*c*/:/*v*/1/*e*/}', {"a": 1}),
        ('{"a": "two\nlines"}', {"a": "two\nlines"}),
        ("[\u00a01,\u00a02\u00a0]", [1, 2]),
        ('{"a":1,"a":{"b":2}}', {"a": {"b": 2}}),
        ("\ufeff[1]", [1]),
        ("[1] [2]", [1]),
        ('["\ud800"]', ["\ufffd"]),
        ("[" * 128 + "]" * 128, None),
    ],
)
def test_the_first_object_or_array_counts(text, value):
    for push in (pushed([text]), pushed(list(text))):
        assert push.is_complete
        assert value is None or push.value == value
    assert value is None or json_in(text) == value


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[1 2]", "expected ',' or ']', at character 3"),
        ('{"a":1 "b":2}', "expected ',' or '}', at character 7"),
        ('{"a":1]', "expected ',' or '}', at character 6"),
        ('[{"a" 1}]', "expected a colon after the key, at character 6"),
        ("[[],:]", "expected a value, at character 4"),
        ("[[1],,]", "expected a value, at character 5"),
        ("[[1],NaN]", "expected a value, at character 8"),
        ('[1, {"a":1, :2}]', "expected a key, at character 12"),
        ("[[1], 1e400]", "expected a value, at character 11"),
        ("[18446744073709551616]", "integer out of range, at character 21"),
        (r'[[1], {"\u12x"]', "expected four hexadecimal digits after '\\u', at character 8"),
        (r'["\u12x"]', "expected four hexadecimal digits after '\\u', at character 2"),
        ("[[1], /x]", "expected a value, not '/', at character 6"),
        ("[" * 129, "nested more than 128 levels deep, at character 128"),
    ],
)
def test_a_fault_says_what_and_where(text, fault):
    for push in (pushed([text]), pushed(list(text))):
        assert push.fault == fault
        value = repr(push.value)
        push.feed('"]}[{"b":2}]')
        assert repr(push.value) == value
    with pytest.raises(InvalidJson) as caught:
        json_in(text)
    assert str(caught.value) == fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "there is no JSON in the text"),
        ("not JSON at all", "there is no JSON in the text"),
        ("[neither] is {this}", "there is no JSON in the text"),
        ('{"a": 1', "the text ends within a value"),
        ("[/", "the text ends within a value"),
        ('["\\', "the text ends within a value"),
    ],
)
def test_text_without_a_whole_value_is_refused(text, fault):
    with pytest.raises(InvalidJson) as caught:
        json_in(text)
    assert str(caught.value) == fault


def test_only_the_brackets_that_are_asked_for_begin_a_value():
    text = 'According to [1] and [2]: {"a": [3]}'
    assert json_in(text) == [1]
    assert json_in(text, "{") == {"a": [3]}
    assert json_in('{"a": [3]}, that is', "[") == [3]
    with pytest.raises(InvalidJson):
        json_in(text, "")


def test_the_entries_that_are_complete_are_counted():
    push = JsonPush()
    counts = []
    for piece in ["x", "[", "1", ",", '"a', '"', ",{", '"b":2', "}", "]"]:
        push.feed(piece)
        _ = push.value
        counts.append(push.settled)
    assert counts == [0, 0, 0, 1, 1, 2, 2, 2, 3, 3]
    assert pushed(['{"a":1}']).settled == 0


def test_a_long_string_may_lag_behind_until_it_is_complete():
    push = JsonPush()
    push.feed('["')
    for count in range(1, 2_000):
        push.feed("x" * 50)
        length = len(push.value[0])
        assert length == count * 50 or (length > EXACT - 50 and length >= count * 50 * 63 // 64)
    push.feed('"')
    assert push.value == ["x" * 50 * 1_999]


@pytest.mark.parametrize("text", ["a", "```", "```json", "```json\n1", "x\n```"])
def test_what_is_no_block_of_code_is_left_as_it_is(text):
    assert unfenced(f" {text}\n") == text


@pytest.mark.parametrize(
    "unit",
    [
        '{"id": 1, "tags": ["a", "b"], "text": "line\\n"},',
        '"a string",',
        "x",
        "\\u00e4\\ud83d\\ude00",
        "1",
        "1,",
        "[",
        "[],",
        "[a",
        "{a:",
        "[[a]",
        "'",
        "/",
        "/*",
        "//\n",
        "[/",
        "```\n",
        "\\",
        "{}",
        " ",
    ],
)
@pytest.mark.parametrize("start", ["", '["', "[", '{"a":['])
def test_time_grows_no_faster_than_the_text(start, unit):
    """Adversarial texts, a look after every piece: twice the text takes twice the calls."""

    def calls(size: int) -> int:
        text = start + unit * (size // len(unit))
        return calls_of(lambda: read_in_pieces(text))

    assert calls(8_000) <= 2.2 * calls(4_000) + 100


@given(scalars)
def test_a_scalar_alone_is_a_value_of_a_whole_text_only(value):
    text = dumps(value).decode()
    assert json_in(text) == loads(dumps(value))
    assert "[" in text or "{" in text or pushed([text]).value is None
