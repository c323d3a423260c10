"""``@ai.tool`` in all its forms."""

import pytest

from genkit_trio._ai.tool_decorator import tool
from tests.ai.defined import Application


def test_every_way_to_write_the_decorator():
    ai = Application()

    @ai.tool
    async def a(x: int) -> int: ...

    @ai.tool()
    async def b(x: int) -> int: ...

    @ai.tool("c")
    async def other(x: int) -> int: ...

    @ai.tool(name="d", timeout=3)
    async def another(x: int) -> int: ...

    e = ai.tool(lambda x: x, name="e")
    assert [each.name for each in (a, b, other, another, e)] == ["a", "b", "c", "d", "e"]
    assert another.options.timeout == ai["/tool.v2/d"].options.timeout == 3
    assert len(ai.registry.actions()) == 10


def test_one_without_a_registry_registers_nothing():
    assert str(tool("x")(len).key) == "/tool/x"
    assert str(tool(name="y")(len).key) == "/tool/y"


def test_a_name_is_given_once():
    ai = Application()
    ai.tool(len)
    with pytest.raises(ValueError, match="/tool/len is already registered"):
        ai.tool(len)
