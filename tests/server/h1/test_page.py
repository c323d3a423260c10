"""The list of the classics of request smuggling in the reference is that of the parse table."""

from tests.server.h1.table import BEGIN, END, PAGE, TABLE, classics


def test_the_page_lists_every_classic_with_its_outcome():
    """If not: ``python -m tests.server.h1.table``."""
    listed = PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    assert listed == classics()


def test_no_classic_is_listed_twice():
    names = [row.classic for row in TABLE.values() if row.classic]
    assert len(set(names)) == len(names) > 60
