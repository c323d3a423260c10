"""Regular expressions, written for ECMA-262."""

import re

import pytest

from genkit_trio._wire.shape.patterns import anchored, ecma_pattern, strict_pattern


@pytest.mark.parametrize(
    ("python", "ecma"),
    [
        ("^a+$", "^a+$"),
        (r"\Aa\Z", "^a$"),
        ("(?P<n>a)(?P=n)", r"(?<n>a)\k<n>"),
        ("(?:a)(?=b)(?!c)(?<=b)(?<!c)", "(?:a)(?=b)(?!c)(?<=b)(?<!c)"),
        (r"(a)\d\w\b\D\W\B\t\.\/\1()", r"(a)\d\w\b\D\W\B\t\.\/\1()"),
        (r"\s\S", r"[\t-\r ][^\t-\r ]"),
        (r"\-\ \"\@\_", '- "@_'),
        (r"\a\x41\u00e9\U0001f600", r"\x07\x41\u00e9\u{1f600}"),
        ("a.b", r"a[^\n]b"),
        ("a{,3}b{2}c{2,}d{1,2}?", "a{0,3}b{2}c{2,}d{1,2}?"),
        ("a{b}]", r"a\{b\}\]"),
        ("[]a[-]", r"[\]a\[-]"),
        ("[^]a]", r"[^\]a]"),
        (r"[\w-]", r"[\w-]"),
        (r"[a-z\d\-\]\s\a\b\@]", r"[a-z\d\-\]\t-\r \x07\b@]"),
        (r"[\U0001f600]", r"[\u{1f600}]"),
        ("a*?b??c+?", "a*?b??c+?"),
        ("é|ü", "é|ü"),
    ],
)
def test_python_patterns_are_translated(python, ecma):
    assert ecma_pattern(re.compile(python)) == ecma


@pytest.mark.parametrize(
    "python", ["(?i:a)", "(?>a)", "a++", "a*+", "(a)?(?(1)b|c)", "(?#why)a", r"[\S]", r"\N{BULLET}", r"\07"]
)
def test_what_ecma_does_not_have_is_left_out(python):
    assert ecma_pattern(re.compile(python)) is None


@pytest.mark.parametrize("flag", [re.IGNORECASE, re.MULTILINE, re.DOTALL, re.VERBOSE])
def test_flags_cannot_be_written(flag):
    assert ecma_pattern(re.compile("a", flag)) is None


def test_the_end_is_the_end():
    assert strict_pattern("^a$").search("a")
    assert not strict_pattern("^a$").search("a\n")
    assert not strict_pattern(re.compile("^a$")).search("a\n")
    assert strict_pattern(re.compile("^a$", re.MULTILINE)).search("a\n")
    assert strict_pattern(r"[$]\$").search("$$")
    assert strict_pattern(re.compile("é", re.IGNORECASE)).search("É")


def test_classes_are_ascii_in_patterns_given_as_text():
    assert not strict_pattern(r"\d").search("٣")
    assert strict_pattern(re.compile(r"\d")).search("٣")


def test_the_way_of_matching_becomes_part_of_the_pattern():
    pattern = re.compile("a|b")
    assert anchored(pattern, start=False, end=False) is pattern
    assert anchored(pattern, start=True, end=False).pattern == "^(?:a|b)"
    assert anchored(pattern, start=True, end=True).pattern == "^(?:a|b)$"
