"""Modules and functions that a reader can hold in mind."""

import ast

from tests.source import PACKAGE, ROOT, modules

MODULE_LINES = 400
FUNCTION_LINES = 60


def test_no_module_is_longer_than_400_lines():
    sizes = {str(module): len(module.text.splitlines()) for module in _sources()}
    assert {name: lines for name, lines in sizes.items() if lines > MODULE_LINES} == {}


def test_no_function_is_longer_than_60_lines():
    long = [
        f"{module}:{node.lineno} {node.name} has {lines} lines"
        for module in _sources()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (lines := _lines(node)) > FUNCTION_LINES
    ]
    assert long == []


def _sources():
    return [*modules(PACKAGE), *modules(ROOT / "benchmarks"), *modules(ROOT / "docs"), *modules(ROOT / "tests")]


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the signature and the body; the docstring is for the reader and is not counted."""
    lines = node.end_lineno - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        lines -= first.end_lineno - first.lineno + 1
    return lines
