"""The table of safeguards says what is there."""

import ast

from tests.faults.mutants_table import TABLE
from tests.source import ROOT

LEAST = 45


def test_each_safeguard_is_found_once_in_its_file():
    assert [f"{mutant.file}: {mutant.name}" for mutant in TABLE if not mutant.fits] == []


def test_each_safeguard_is_listed_once():
    assert len({(mutant.file, mutant.name) for mutant in TABLE}) == len(TABLE) >= LEAST
    assert len({(mutant.file, mutant.old, mutant.new) for mutant in TABLE}) == len(TABLE)


def test_the_tests_that_notice_a_safeguard_exist():
    named = {test for mutant in TABLE for test in mutant.tests}
    missing = [test for test in named if test.partition("::")[2] not in _tests_in(test.partition("::")[0])]
    assert missing == []


def _tests_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
