"""Tables of the reference that repeat what the code says."""

import re
from typing import get_args

import attrs

from genkit_trio import GenerateOptions, Genkit, PromptGenerateOptions, PromptOptions, Status
from genkit_trio.asgi import RequestLimits
from genkit_trio.testing import LeakKind
from tests.source import PACKAGE, ROOT

REFERENCE = ROOT / "docs" / "reference"


def test_the_table_of_statuses_is_that_of_the_code():
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\d+) \| (\d+) \| (.+) \|$", _page("errors"), re.MULTILINE)
    assert rows == [(status.name, str(status.code), str(status.http), status.sentence) for status in Status]


def test_the_table_of_limits_has_every_limit():
    limits = re.findall(r"^\| `([a-z_]+)` \| [\d,]+ (?:s|MiB) \|", _page("http"), re.MULTILINE)
    assert limits == [field.name for field in attrs.fields(RequestLimits)]


def test_every_variable_that_a_runtime_reads_is_listed():
    source = (PACKAGE / "_runtime" / "environ.py").read_text(encoding="utf-8")
    read = set(re.findall(r"\bGENKIT_[A-Z0-9_]+\b", source))
    assert read - set(re.findall(r"`(GENKIT_[A-Z0-9_]+)`", _page("environment"))) == set()


def test_the_tables_of_options_have_every_option_of_a_generation():
    tables = re.split(r"^\| for .*$", _page("models").partition("\n## Kinds")[0], flags=re.MULTILINE)[1:]
    cells = [" ".join(re.findall(r"^\| (`[^|]+)\|", table, re.MULTILINE)) for table in tables]
    shared, of_calls, of_generate = (set(re.findall(r"`(\w+)`", cell)) for cell in cells)
    everything, called = GenerateOptions.__annotations__.keys(), PromptGenerateOptions.__annotations__.keys()
    assert of_generate == everything - called
    assert shared == called & PromptOptions.__annotations__.keys() - {"messages"}
    assert shared | of_calls == called


def test_the_table_of_kinds_has_every_way_to_define_an_action():
    kinds = set(re.findall(r"`ai\.(\w+)`", _page("models").partition("## Kinds")[2]))
    made = {name for name in dir(Genkit) if name.startswith("define_")} | {"embedder", "evaluator", "indexer", "model"}
    made |= {"reranker", "resource", "retriever", "tool"}
    others = {"format", "helper", "json_schema", "middleware", "partial", "schema"}
    assert kinds == made - {f"define_{name}" for name in others}


def test_the_table_of_leaks_has_every_kind():
    assert re.findall(r"^\| `([a-z]+)` \| .* \| .* \|$", _page("testing"), re.MULTILINE) == list(get_args(LeakKind))


def _page(name):
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")
