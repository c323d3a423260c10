"""Values whose type is a JSON Schema."""

import importlib.util
import math

import pytest

from genkit_trio._wire import InvalidValue, codec_of, codec_of_schema

PLACES = {
    "type": "array",
    "items": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def test_a_value_that_fits_is_the_same_value():
    codec = codec_of_schema(PLACES)
    value = [{"city": "Ghent"}]
    assert codec.load(value) is value
    assert codec.dump(value) == value
    assert codec.schema() == PLACES
    assert codec_of(codec) is codec
    assert repr(codec_of_schema({})) == "codec_of_schema({})"


@pytest.mark.extra
def test_faults_have_paths_and_do_not_show_the_value():
    with pytest.raises(InvalidValue) as caught:
        codec_of_schema(PLACES).load([{"city": "Ghent"}, {"city": 1234567}, {}])
    assert caught.value.issues == (
        '1.city: the value is not of type "string"',
        '2: "city" is a required property',
    )


@pytest.mark.extra
def test_a_value_with_very_many_faults_is_given_up():
    with pytest.raises(InvalidValue) as caught:
        codec_of_schema(PLACES).load([1] * 1000)
    assert len(caught.value.issues) == 21
    assert caught.value.issues[-1] == "and more"


def test_what_has_no_json_is_not_dumped():
    with pytest.raises(InvalidValue):
        codec_of_schema({}).dump(math.nan)


@pytest.mark.extra
@pytest.mark.parametrize(
    "schema", [{"type": "nothing"}, {"pattern": "("}, {"$ref": "http://127.0.0.1:9/x"}, {"$ref": "file:///etc/passwd"}]
)
def test_a_schema_that_cannot_be_used(schema):
    codec = codec_of_schema(schema)
    for use in (codec.check, lambda: codec.load(1)):
        with pytest.raises(TypeError, match="the JSON Schema cannot be used: "):
            use()


def test_without_the_extra_anything_fits(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    codec = codec_of_schema(PLACES)
    codec.check()
    assert codec.load("x") == "x"
