"""What the README tells its readers to type, and what it says that they will see."""

import re

import attrs

from tests.source import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


@attrs.frozen
class Line:
    """A command, and what is shown below it."""

    command: str
    output: str


def lines_below(heading: str) -> list[Line]:
    """Return the commands in the ``console`` blocks below *heading*, up to the next one."""
    section = re.split(r"^## ", TEXT, flags=re.MULTILINE)
    found = next(part for part in section if part.partition("\n")[0] == heading)
    blocks = re.findall(r"^```console\n(.*?)^```$", found, re.MULTILINE | re.DOTALL)
    return [
        Line(command, output)
        for block in blocks
        for command, output in re.findall(r"^\$ ([^\n]*)\n(.*?)(?=^\$ |\Z)", block, re.MULTILINE | re.DOTALL)
    ]
