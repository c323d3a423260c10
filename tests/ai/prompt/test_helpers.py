"""The helpers that every template has."""

import logging

import pytest

from genkit_trio._ai import Media, Message, Part, Role

from .rendered import messages_in, text_of

pytestmark = pytest.mark.extra


@pytest.mark.parametrize("role", list(Role))
def test_a_template_changes_who_speaks(role):
    assert messages_in(f'{{{{role "{role}"}}}}a') == [Message(role, "a")]


@pytest.mark.parametrize(
    ("source", "shown"), [('{{role "admin"}}', "'admin'"), ("{{role x}}", "'None'"), ("{{role}}", "''")]
)
def test_a_role_that_does_not_exist_is_refused(source, shown):
    # A name alone is a value where there is one, else the helper.
    with pytest.raises(ValueError, match=rf"^a template has the role {shown}; write one of 'system', 'user', "):
        text_of(source)


def test_media_is_a_part():
    found = messages_in(
        'look {{media url=photo contentType="image/png"}}{{media url="https://x/y z"}}', {"photo": "data:,x"}
    )
    assert [part.media for part in found[0].content] == [None, Media("data:,x", "image/png"), Media("https://x/y z")]


def test_media_without_a_url_is_nothing():
    assert messages_in("{{media url=photo}}") == messages_in("{{media}}") == []


def test_media_whose_url_is_no_text_is_refused():
    with pytest.raises(ValueError, match=r"^a template has media whose url is of type 'list'; it must be text$"):
        text_of("{{media url=photo}}", {"photo": ["data:,x"]})


def test_a_section_is_a_part_that_is_filled_in_later():
    [message] = messages_in('a {{section "output"}} b')
    assert message.content[1] == Part(metadata={"purpose": "output", "pending": True})
    assert messages_in("{{section}}") == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{json x}}", '{"a":[1,true,null],"b":"é<"}'),
        ("{{json x.a indent=2}}", "[\n  1,\n  true,\n  null\n]"),
        ("{{json x.a indent=0}}", "[1,true,null]"),
        ("{{json x.a indent=1.0}}", "[\n 1,\n true,\n null\n]"),
        ('{{json x.a indent="-"}}', "[\n-1,\n-true,\n-null\n]"),
        ("{{json y}}", "null"),
        ("{{json}}", ""),
    ],
)
def test_a_value_is_written_as_json(source, expected):
    assert text_of(source, {"x": {"a": [1, True, None], "b": "é<"}}) == expected


@pytest.mark.parametrize(
    ("left", "right", "are_equal"),
    [("a", "a", True), ("a", "b", False), (1, 1.0, True), (1, True, False), (None, None, True), ([1], [1], True)],
)
def test_values_are_compared(left, right, are_equal):
    values = {"left": left, "right": right}
    assert text_of("{{#ifEquals left right}}yes{{else}}no{{/ifEquals}}", values) == ("yes" if are_equal else "no")
    assert text_of("{{#unlessEquals left right}}yes{{else}}no{{/unlessEquals}}", values) == (
        "no" if are_equal else "yes"
    )


def test_a_missing_argument_of_a_comparison_is_no_value():
    assert text_of("{{#ifEquals x}}yes{{else}}no{{/ifEquals}}", {"x": None}) == "yes"


def test_a_log_is_a_line_of_the_log_that_cannot_be_two(caplog, capsys):
    caplog.set_level(logging.INFO, "genkit_trio")
    assert text_of("{{log x 1}}", {"x": "a\nb"}) == ""
    assert [record.getMessage() for record in caplog.records] == [r"a template says: 'a\nb' 1"]
    assert capsys.readouterr().out == ""
