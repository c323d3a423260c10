"""Every schema compiles in Ajv as Genkit's tools use it, and accepts what our encoder writes."""

import pathlib
import subprocess
from typing import Any

import pytest

from genkit_trio._wire import codec_of, dumps, loads
from tests.ai.strategies import VALUE_CLASSES
from tests.ai.test_values import WIRE
from tests.wire.sample_types import SAMPLES, Checked, Converted, Part
from tests.wire.values import ACCEPTED, REFUSED

# What a schema cannot say: 3.0 is an integer in draft-07, and code is code.
NOT_SAID_BY_DRAFT_07 = {
    int: ["accepts 3"],
    set: ["accepts [[1]]"],
    bytes: ['accepts "aGk=\\n"'],
    Checked: ['accepts {"age":1,"name":"ada","even":3}'],
    Converted: ['accepts {"number":-1}'],
    Part: ['accepts {"text":"a","media":"b"}'],
}
SCRIPT = pathlib.Path(__file__).with_name("ajv_strict.mjs")


def complaints(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    done = subprocess.run(["node", SCRIPT], input=dumps(rows), capture_output=True, check=True, timeout=60)
    found: Any = loads(done.stdout)
    return {name: lines for name, lines in found.items() if lines}


@pytest.mark.usefixtures("node_modules")
def test_every_schema_compiles_and_accepts_what_is_written():
    rows = [
        {
            "name": sample.name,
            "schema": codec_of(sample.tp).schema(),
            "instances": [codec_of(sample.tp).dump(value) for value in sample.values],
        }
        for sample in SAMPLES
    ]
    rows += [
        {"name": f"accepted {number}", "schema": codec_of(tp).schema(), "instances": [value]}
        for number, (tp, value) in enumerate(ACCEPTED)
    ]
    assert complaints(rows) == {}


@pytest.mark.usefixtures("node_modules")
def test_schemas_of_the_ai_values_accept_what_peers_write():
    rows = [
        {
            "name": cls.__name__,
            "schema": codec_of(cls).schema(),
            "instances": [value for other, value in WIRE if other is cls],
        }
        for cls in VALUE_CLASSES
    ]
    assert complaints(rows) == {}


@pytest.mark.usefixtures("node_modules")
def test_schemas_refuse_what_codecs_refuse():
    rows = [
        {"name": f"{number}: {message}", "schema": codec_of(tp).schema(), "instances": [], "refused": [value]}
        for number, (tp, value, message) in enumerate(REFUSED)
    ]
    accepted = {REFUSED[int(name.partition(":")[0])][0]: lines for name, lines in complaints(rows).items()}
    assert accepted == NOT_SAID_BY_DRAFT_07
