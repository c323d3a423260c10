"""Tables of the reference that repeat what the code says."""

import re

import attrs

from genkit_trio import Status
from genkit_trio.asgi import RequestLimits
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


def _page(name):
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")
