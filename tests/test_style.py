"""Habits of the style guide that no linter knows."""

import ast
import re
import tomllib

from tests.source import PACKAGE, ROOT, modules

BANNER = re.compile(r"^\s*#\s*[-=*#~_]{4,}", re.MULTILINE)
TODO = re.compile(r"\b(TODO|FIXME|XXX)\b(?!.*#\d+)")
BARE_IGNORE = re.compile(r"(?:type|pyright): ignore(?!\[[\w, -]+\]  # because )")
BARE_NOQA = re.compile(r"# noqa(?!: [A-Z]+\d+(?:, [A-Z]+\d+)*  # \w)")
RULES = "tests/test_style.py"

VIRTUAL_CLOCKS = {"autojump_clock", "mock_clock", "virtual_clock"}


def test_every_module_says_what_it_is_about():
    assert [str(module) for module in modules() if not ast.get_docstring(module.tree)] == []


def test_no_banner_divides_a_module():
    assert _lines_with(BANNER) == []


def test_a_todo_names_its_issue():
    assert _lines_with(TODO) == []


def test_an_ignored_type_error_has_its_reason():
    assert _lines_with(BARE_IGNORE) == []


def test_an_ignored_lint_rule_has_its_reason():
    assert _lines_with(BARE_NOQA) == []


def test_error_messages_are_lower_case_sentences_without_a_full_stop():
    bad = [
        f"{module}:{line}: {text}"
        for module in modules()
        for line, text in _messages(module.tree)
        if re.match(r"[A-Z][a-z]+ ", text) or re.search(r"[^.]\.$", text)
    ]
    assert bad == []


def test_no_test_sleeps_on_a_real_clock():
    sleepers = [
        f"{module}:{test.lineno}: {test.name}"
        for module in modules(ROOT / "tests")
        for test in module.tree.body
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) and test.name.startswith("test_")
        if _calls_sleep(test) and not {arg.arg for arg in test.args.args} & VIRTUAL_CLOCKS
    ]
    assert sleepers == []


def test_all_that_users_read_as_code_is_type_checked():
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    folders = ["genkit_trio", "tests/typing", "benchmarks", "docs/examples"]
    existing = [folder for folder in folders if modules(ROOT / folder)]
    assert tools["mypy"]["files"] == tools["pyright"]["include"] == existing


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{module}:{number}"
        for folder in (PACKAGE, ROOT / "tests", ROOT / "benchmarks", ROOT / "docs")
        for module in modules(folder)
        if str(module) != RULES
        for number, line in enumerate(module.text.splitlines(), 1)
        if pattern.search(line)
    ]


def _messages(tree: ast.Module):
    """Yield the line and the text of each message given to an exception; a value in it reads as ``{}``."""
    for node in ast.walk(tree):
        match node:
            case ast.Raise(exc=ast.Call(args=[*_, ast.Constant(value=str(text))])):
                yield node.lineno, text
            case ast.Raise(exc=ast.Call(args=[*_, ast.JoinedStr(values=parts)])):
                yield node.lineno, "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)


def _calls_sleep(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("sleep", "sleep_until")
        and getattr(node.func.value, "id", None) in ("time", "trio")
        for node in ast.walk(test)
    )
