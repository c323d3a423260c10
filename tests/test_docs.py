"""The documentation runs: example files, and the blocks of the pages.

``docs/contributing.md`` states the rules that this module enforces.
"""

import ast
import re
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import attrs
import pytest

from tests.source import ROOT

DOCS = ROOT / "docs"
EXAMPLES = sorted((DOCS / "examples").rglob("*.py"))
NEED_AN_EXTRA = {"prompts"}
PAGES = [page for page in (ROOT / "README.md", *sorted(DOCS.rglob("*.md"))) if page.exists()]
BLOCK = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@attrs.frozen
class Block:
    """A Python block of a page, and what the page says that it prints."""

    page: Path
    line: int
    kind: str
    text: str
    output: str | None

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"


def _blocks() -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        fences = list(BLOCK.finditer(text))
        for fence, after in zip_longest(fences, fences[1:]):
            if fence["kind"] in ("python", "{code-block} python"):
                line = text.count("\n", 0, fence.start()) + 1
                found.append(Block(page, line, fence["kind"], fence["text"], _output(text, fence, after)))
    return found


def _output(text: str, fence: re.Match[str], after: re.Match[str] | None) -> str | None:
    """A ``text`` block that follows with nothing between is what the Python block prints."""
    if after and after["kind"] == "text" and not text[fence.end() : after.start()].strip():
        return after["text"]
    return None


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(example, marks=[pytest.mark.extra] if example.stem in NEED_AN_EXTRA else [], id=example.stem)
        for example in EXAMPLES
    ],
)
def test_an_example_prints_what_stands_beside_it(example):
    assert _run(example) == example.with_suffix(".out").read_text(encoding="utf-8")


def test_every_expected_output_has_its_example():
    outputs = sorted((DOCS / "examples").rglob("*.out"))
    assert [path for path in outputs if not path.with_suffix(".py").exists()] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_shown_on_a_page(example):
    assert any(example.name in page.read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize("block", _blocks(), ids=str)
def test_a_block_does_what_its_page_says(block, tmp_path):
    if block.kind != "python":
        compile(block.text, str(block), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        return
    program = tmp_path / "block.py"
    program.write_text(block.text, encoding="utf-8")
    if block.output is None:
        assert _run("-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import block") == ""
    else:
        assert _run(program) == block.output


def _run(*arguments: str | Path) -> str:
    """Run Python on the arguments and give what it prints; a warning is an error, as in the tests."""
    command = [sys.executable, "-W", "error", *map(str, arguments)]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PATH": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
