"""The parse table: the codec takes each row for what it says, however its bytes are cut."""

import attrs
import pytest

from tests.server.h1.parsing import Parsed, cuts, parse
from tests.server.h1.rows import Row
from tests.server.h1.table import TABLE

pytestmark = pytest.mark.extra

ROWS = pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)


@ROWS
def test_a_row_is_what_it_says(row: Row):
    parsed = parse([row.data])
    assert (parsed.requests, parsed.end) == (row.requests, row.end)
    if row.end == "handed over":
        assert parsed.handed == row.data[row.handed :]


@ROWS
def test_a_row_is_the_same_however_it_is_cut(row: Row):
    """Except for the part of a body that comes before a refusal, of which there may be more or less."""
    whole = parse([row.data])
    for pieces in cuts(row.data):
        parsed = parse(pieces)
        assert _without_body(parsed) == _without_body(whole), [len(piece) for piece in pieces[:3]]
        if isinstance(whole.end, str):
            assert parsed.begun == whole.begun


@ROWS
def test_a_row_is_the_same_behind_a_request(row: Row):
    """Nothing of a request is left in the parser when the next one begins."""
    first = TABLE["a body in two chunks"]
    behind = parse([first.data + row.data])
    alone = parse([row.data])
    assert behind == attrs.evolve(alone, requests=(*first.requests, *alone.requests))


def _without_body(parsed: Parsed) -> Parsed:
    begun = parsed.begun
    return parsed if begun is None else attrs.evolve(parsed, begun=attrs.evolve(begun, body=b""))
