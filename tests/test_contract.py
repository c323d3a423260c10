"""The contract of a run has a test for each of its clauses."""

import ast
import re

from tests.source import ROOT, modules

CLAUSES = [f"C{number}" for number in range(1, 31)]


def test_every_clause_is_named_by_a_test():
    named = {clause for text in _docstrings() for clause in re.findall(r"\bC\d+\b", text)}
    assert [clause for clause in CLAUSES if clause not in named] == []


def test_no_test_names_a_clause_that_does_not_exist():
    named = {clause for text in _docstrings() for clause in re.findall(r"\bC\d+\b", text)}
    assert named - set(CLAUSES) == set()


def _docstrings() -> list[str]:
    return [
        ast.get_docstring(node) or ""
        for module in modules(ROOT / "tests")
        if module.path.name.startswith("test_")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
