"""The parse table: bytes of all kinds, and what each is taken for.

Its classics of request smuggling are listed in the reference; ``python -m tests.server.h1.table`` writes the list anew.
"""

from tests.server.h1.bodies import BODIES
from tests.server.h1.heads import HEADS
from tests.server.h1.rows import Row
from tests.source import ROOT

PAGE = ROOT / "docs" / "reference" / "http1.md"
BEGIN, END = "| classic | what is sent | `fast` | `hypercorn` |\n|---|---|---|---|\n", "\n<!-- end of the classics -->"

TABLE: dict[str, Row] = {row.name: row for row in (*HEADS, *BODIES)}
assert len(TABLE) == len(HEADS) + len(BODIES)


BY_HYPERCORN: dict[str, list[int]] = {
    "Expect: 100-continue": [100, 200],
    "a target that is none": [200],
    "the target of a tunnel for a GET": [200],
    "101 fields": [200],
    "a length of 2**64": [],
    "a length of 2**64 + 2": [],
    "chunked before a tab": [200],
    "an empty coding": [501],
    "a bare carriage return at the end": [],
    "a space behind a chunk size": [200],
    "a chunk size of 2**64 + 2": [],
    "a bare line feed behind the last chunk": [],
    "a bare line feed behind trailers": [200],
    "a bare line feed at the very end": [200],
    "a bare carriage return in an extension": [200],
    "a NUL in an extension": [200],
    "1,000 extensions of 100 bytes": [],
    "a folded trailer": [200],
    "a length in a trailer": [200, 200],
    "a coding in a trailer": [200, 200],
}
"""What Hypercorn's class answers where it is not the same; with nothing it waits for more."""


def statuses(row: Row, h1: str) -> list[int]:
    """Return the statuses that a row is answered with."""
    if h1 == "hypercorn" and row.name in BY_HYPERCORN:
        return BY_HYPERCORN[row.name]
    answered = [200] * len(row.requests)
    if isinstance(row.end, int):
        answered.append(row.end)
    elif row.end == "handed over" and row.answered:
        answered.append(row.answered)
    return answered


def classics() -> str:
    """Return the rows of the list in the reference."""
    return "".join(
        f"| {row.classic} | {row.name} | {outcome(row)} | {_outcome_by_hypercorn(row)} |\n"
        for row in sorted(TABLE.values(), key=lambda row: row.classic.lower())
        if row.classic
    )


def outcome(row: Row) -> str:
    """Say in a few words what becomes of a row."""
    if row.end == "handed over":
        return f"handed over: {row.answered}" if row.answered else "handed over: HTTP/2"
    if isinstance(row.end, int):
        return f"refused: {row.end}"
    return "served, not carried on" if not row.requests[-1].keep_alive else "served"


def _outcome_by_hypercorn(row: Row) -> str:
    if row.name not in BY_HYPERCORN:
        return "the same"
    return "served" if 200 in BY_HYPERCORN[row.name] else "waited for"


def write() -> None:
    """Write the list into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    PAGE.write_text(before + BEGIN + classics() + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    write()
