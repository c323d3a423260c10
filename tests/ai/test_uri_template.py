"""URI templates read backwards: which values make a URI."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genkit_trio._ai.uri_template import UriTemplate


@pytest.mark.parametrize(
    ("template", "uri", "values"),
    [
        ("", "", {}),
        ("file:///a", "file:///a", {}),
        ("file:///a", "file:///b", None),
        ("file:///{name}", "file:///a%20b", {"name": "a b"}),
        ("file:///{name}", "file:///a/b", None),
        ("file:///{name}", "file:///", None),
        ("file:///{name:3}.txt", "file:///abc.txt", {"name": "abc"}),
        ("x{name}", "y", None),
        ("{a}-{b}", "x-y-z", {"a": "x-y", "b": "z"}),
        ("{a,b}", "x,y", {"a": "x", "b": "y"}),
        ("notes://{user}/{+path}", "notes://ann/a/b", {"user": "ann", "path": "a/b"}),
        ("{+path}/{name}", "a/b/c", {"path": "a/b", "name": "c"}),
        ("a{/b}", "a/b", {"b": "b"}),
        ("a{/b,c}", "a/b/c", {"b": "b", "c": "c"}),
        ("a{/b*}", "a/b/c", {"b": "b/c"}),
        ("{name}{.ext}", "a.b.c", {"name": "a.b", "ext": "c"}),
        ("s://{t}{?page,size}", "s://x", {"t": "x"}),
        ("s://{t}{?page,size}", "s://x?size=3&page=a+b", {"t": "x", "size": "3", "page": "a b"}),
        ("s://{t}{?page,size}", "s://x?size=3&size=4", None),
        ("s://{t}{?page,size}", "s://x?other=1", None),
        ("s?q={q}{&a}", "s?q=1&a=2", {"q": "1", "a": "2"}),
        ("s?q={q}", "s?q=1&a=2", None),
        ("s{#part}", "s#a/b", {"part": "a/b"}),
        ("s{#part}", "s", {}),
        ("{stars}", "日本", {"stars": "日本"}),
    ],
)
def test_the_values_in_a_uri(template, uri, values):
    assert UriTemplate(template).match(uri) == values


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{", "has a brace without its pair"),
        ("a}b", "has a brace without its pair"),
        ("{{a}}", "has a brace without its pair"),
        ("{}", "has {}, which is not understood"),
        ("{;a}", "has {;a}, which is not understood"),
        ("{a b}", "has {a b}, which is not understood"),
        ("{?a}/b", "goes on after its parameters"),
    ],
)
def test_a_template_that_cannot_be_read(template, sentence):
    with pytest.raises(ValueError, match="URI template") as caught:
        UriTemplate(template)
    assert sentence in str(caught.value)


@given(st.text(min_size=1), st.text(min_size=1))
def test_values_are_found_again(a, b):
    quoted = [each.encode().hex() for each in (a, b)]
    assert UriTemplate("x://{a}/{b}?q").match(f"x://{quoted[0]}/{quoted[1]}?q") == {"a": quoted[0], "b": quoted[1]}


@given(st.text(alphabet="-/x?#%&=a"))
def test_any_uri_matches_or_not(uri):
    for template in ("{a}-{+b}-{c}{?a,x}", "{a}{b}", "{/a,b}x", "{#x}"):
        values = UriTemplate(template).match(uri)
        assert values is None or all(isinstance(value, str) for value in values.values())


def test_a_hostile_uri_takes_time_in_proportion_to_its_length():
    template = UriTemplate("{a}-{b}-{+c}-{d}-{e}x")

    def seconds(size: int) -> float:
        start = time.process_time()
        template.match("-" * size)
        return time.process_time() - start

    # Eight times the length: 64 times the time, if it grew as the square.
    assert min(seconds(80_000) for _ in range(3)) < 40 * min(seconds(10_000) for _ in range(3))
