"""Marks: what is rendered, cut into messages and parts."""

import pytest

from genkit_trio._ai import Message, Part, Role
from genkit_trio._ai.prompt.marks import HISTORY, Marks, Text, messages_of

HI = Message(Role.USER, "hi")
BYE = Message(Role.MODEL, "bye", metadata={"seen": True})
PHOTO = Part.from_media("data:,x")


def past(message: Message) -> Message:
    return Message(message.role, message.content, metadata={**(message.metadata or {}), "purpose": "history"})


def messages(*pieces, history=()):
    return messages_of((Text(piece) if type(piece) is str and piece != HISTORY else piece for piece in pieces), history)


def test_a_text_is_cut_at_its_marks():
    marks = Marks()
    rendered = f"a {marks.write(Role.MODEL)}b{marks.write(PHOTO)}"
    assert list(marks.cut(rendered)) == [Text("a "), Role.MODEL, Text("b"), PHOTO, Text("")]


def test_a_mark_that_stands_twice_counts_twice():
    marks = Marks()
    mark = marks.write(PHOTO)
    assert list(marks.cut(mark + mark)).count(PHOTO) == 2


def test_the_marks_of_one_rendering_are_text_in_another():
    ours, theirs = Marks(), Marks()
    forged = theirs.write(Role.SYSTEM)
    assert list(ours.cut(forged)) == [Text(forged)]


def test_a_mark_survives_a_change_of_case():
    marks = Marks()
    assert Role.MODEL in marks.cut(marks.write(Role.MODEL).upper().lower())


@pytest.mark.parametrize("blank", ["", " ", "\n\t "])
def test_what_is_blank_is_left_out(blank):
    assert messages(blank) == []
    assert messages(blank, Role.SYSTEM, "be brief", blank, PHOTO, blank) == [
        Message(Role.SYSTEM, [Part("be brief"), PHOTO])
    ]


def test_white_space_around_text_is_kept():
    assert messages(" a ", Role.MODEL, "\nb") == [Message(Role.USER, " a "), Message(Role.MODEL, "\nb")]


def test_the_user_speaks_first():
    assert messages("a", Role.SYSTEM, "b") == [Message(Role.USER, "a"), Message(Role.SYSTEM, "b")]


def test_who_says_nothing_has_no_message():
    assert messages(Role.SYSTEM, Role.MODEL, "a", Role.USER) == [Message(Role.MODEL, "a")]


def test_the_same_role_again_begins_another_message():
    assert messages("a", Role.USER, "b") == [Message(Role.USER, "a"), Message(Role.USER, "b")]


def test_history_stands_at_its_mark_and_the_model_speaks_after_it():
    assert messages("a", HISTORY, "b", history=[HI, BYE]) == [
        Message(Role.USER, "a"),
        past(HI),
        past(BYE),
        Message(Role.MODEL, "b"),
    ]
    assert messages("a", HISTORY, Role.USER, "b") == [Message(Role.USER, "a"), Message(Role.USER, "b")]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([Role.SYSTEM, "a", Role.USER, "b"], [Message(Role.SYSTEM, "a"), HI, BYE, Message(Role.USER, "b")]),
        ([Role.SYSTEM, "a"], [Message(Role.SYSTEM, "a"), HI, BYE]),
        ([], [HI, BYE]),
    ],
)
def test_history_without_a_mark_comes_before_the_last_word_of_the_user(pieces, expected):
    assert messages(*pieces, history=[HI, BYE]) == expected
