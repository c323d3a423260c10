"""Finding tools by name, key, wildcard, or as they are."""

import pytest

from genkit_trio import PublicError, Status
from genkit_trio._ai.tool_decorator import tool
from genkit_trio._ai.tool_lookup import resolve_tools
from tests.ai.defined import Application


@pytest.fixture
def ai():
    ai = Application()
    ai.tool(len, name="plain")
    ai.tool(len, name="parts", multipart=True)
    ai.tool(len, name="maps/weather")
    ai.define_dynamic_action_provider(
        "host", lambda: {"tool": [tool(len, name=name) for name in ("read", "read_all", "write")]}
    )
    return ai


async def names(ai, *tools) -> list[str]:
    return [each.name for each in await resolve_tools(ai.registry, tools)]


async def test_tools_come_in_the_order_in_which_they_are_named(ai):
    own = tool(len, name="own")
    assert await names(ai, "parts", own, "/tool/plain", "maps/weather") == ["parts", "own", "plain", "maps/weather"]
    assert await names(ai) == []


async def test_a_plain_tool_is_found_under_its_first_key(ai):
    [plain] = await resolve_tools(ai.registry, ["plain"])
    assert plain.kind == "tool"
    [plain] = await resolve_tools(ai.registry, ["/tool.v2/plain"])
    assert plain.kind == "tool.v2"


async def test_tools_of_a_provider(ai):
    assert await names(ai, "host:tool/read") == ["read"]
    assert await names(ai, "host:tool/read*") == ["read", "read_all"]
    assert await names(ai, "host:tool/*", "plain") == ["read", "read_all", "write", "plain"]
    assert await names(ai, "/dynamic-action-provider/host:tool/write") == ["write"]


@pytest.mark.parametrize(
    "name", ["nobody", "host:tool/nobody", "host:tool/x*", "nobody:tool/x", "/tool/nobody", "host"]
)
async def test_what_is_not_there_is_not_found(ai, name):
    with pytest.raises(PublicError, match="not found") as caught:
        await resolve_tools(ai.registry, [name])
    assert caught.value.status is Status.NOT_FOUND


@pytest.mark.parametrize(
    "tools", [("plain", "plain"), ("maps/weather", tool(len, name="weather")), ("host:tool/*", "host:tool/read")]
)
async def test_two_tools_must_not_look_the_same_to_a_model(ai, tools):
    with pytest.raises(PublicError, match="cannot provide two tools with the same name: '") as caught:
        await resolve_tools(ai.registry, tools)
    assert caught.value.status is Status.INVALID_ARGUMENT
