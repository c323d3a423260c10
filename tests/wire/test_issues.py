"""What is wrong with a value, and where."""

import pickle

import pytest

from genkit_trio._wire import InvalidValue, kind_of
from genkit_trio._wire.issues import Findings, refused


@pytest.mark.parametrize(
    ("value", "kind"),
    [({}, "object"), ([], "array"), ("", "string"), (1, "integer"), (1.0, "number"), (True, "boolean"), (None, "null")],
)
def test_kinds_have_the_names_of_json(value, kind):
    assert kind_of(value) == kind


def test_other_values_have_the_names_of_their_classes():
    assert kind_of(b"") == "bytes"


def test_paths_grow_from_the_inside():
    inner, outer = Findings(), Findings()
    inner.add("text", "expected string, got integer")
    inner.merge(refused("expected more"))
    outer.under(0, inner.error())
    assert outer.error().issues == ("0.text: expected string, got integer", "0: expected more")


def test_an_error_may_be_made_of_sentences():
    error = InvalidValue(("expected no input",))
    assert error.issues == ("expected no input",)
    assert str(pickle.loads(pickle.dumps(error))) == "expected no input"


def test_what_is_left_out_is_said():
    error = InvalidValue([("a", "x")], more=True)
    assert str(error) == "a: x; and more"
    findings = Findings()
    findings.merge(error)
    assert findings.full
    assert findings.error().issues == ("a: x", "and more")
