"""What only the names of an application add: schemas and formats; the kinds have tests of their own."""

import attrs

from genkit_trio._ai.format.registry import format_of
from tests.ai.defined import Application


@attrs.frozen
class Place:
    city: str


def test_schemas_are_kept_by_name():
    ai = Application()
    assert ai.define_schema("Place", Place) is Place
    schema = {"type": "object"}
    assert ai.define_json_schema("Anything", schema) is schema
    assert ai.registry.values("schema") == {"Place": Place, "Anything": schema}


def test_formats_are_kept_by_name():
    ai = Application()
    known = format_of(ai.registry, "json")
    assert ai.define_format(known) is known
    assert format_of(ai.registry, "json") is known
