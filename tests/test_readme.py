"""The README: what can be said of it without installing anything. ``tests/compat/test_readme.py`` types its lines."""

import configparser
import re

from tests.readme import TEXT, lines_below
from tests.source import ROOT, modules


def test_the_readme_has_at_most_120_lines():
    assert len(TEXT.splitlines()) <= 120


def test_each_reason_for_trio_has_its_test():
    reasons = TEXT.partition("## Why trio\n")[2].partition("\n## ")[0]
    named = re.findall(r"`(test_\w+)`", reasons)
    source = "".join(module.text for module in modules(ROOT / "tests"))
    assert len(named) == reasons.count("\n* ")
    assert [name for name in named if f"def {name}(" not in source] == []


def test_one_line_installs_and_starts_the_demo_and_one_runs_all_tests():
    assert [line.command.partition(" ")[0] for line in lines_below("Run it")] == ["python3", "curl", "curl", "curl"]
    assert [line.command.partition(" ")[0] for line in lines_below("Run all tests")] == ["python3"]


def test_the_line_that_runs_all_tests_names_a_label_that_holds_all_environments():
    [line] = lines_below("Run all tests")
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    labels = dict(re.findall(r"^(\w+) = (.*)$", tox["tox"]["labels"], re.MULTILINE))
    assert labels[line.command.rpartition(" -m ")[2]] == tox["tox"]["env_list"]
