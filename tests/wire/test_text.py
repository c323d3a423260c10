"""Text from the network, as it is shown."""

from genkit_trio._wire.text import plain, quoted


def test_quoted_text_is_ascii_and_short():
    assert quoted("a\n\u2028é") == "'a\\n\\u2028\\xe9'"
    assert quoted("x" * 65) == "'" + "x" * 64 + "...'"
    assert quoted("x" * 64) == "'" + "x" * 64 + "'"


def test_plain_text_is_left_as_it_is():
    assert plain("content") == "content"
    assert plain("") == "''"
    assert plain("é") == "'\\xe9'"
    assert plain("x" * 65) == quoted("x" * 65)
