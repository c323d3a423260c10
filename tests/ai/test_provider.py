"""Dynamic action providers: names, what is kept, and for how long."""

import pytest
import trio

from genkit_trio import run_all
from genkit_trio._ai.tool_decorator import tool
from genkit_trio._core import Registry
from genkit_trio._wire import ActionKey
from tests.ai.defined import Application, seeing


class Host:
    """A server of tools, which is asked now and then."""

    def __init__(self, *names: str):
        self.names = names
        self.asked = 0
        self.seconds = 0.0

    async def __call__(self):
        self.asked += 1
        await trio.sleep(self.seconds)
        return {"tool": [tool(len, name=name) for name in self.names], "prompt": []}


@pytest.fixture
def ai():
    return Application()


async def test_its_actions_are_listed_and_run_under_full_keys(ai):
    ai.define_dynamic_action_provider("host", Host("a", "b"), description="A host.", metadata={"k": 1})
    described = await ai.registry.describe_actions()
    assert list(described) == [
        "/dynamic-action-provider/host:tool/a",
        "/dynamic-action-provider/host:tool/b",
        "/dynamic-action-provider/host",
    ]
    assert described["/dynamic-action-provider/host"]["metadata"] == {"k": 1, "type": "dynamic-action-provider"}
    child = described["/dynamic-action-provider/host:tool/a"]
    assert (child["key"], child["name"]) == ("/dynamic-action-provider/host:tool/a", "a")
    assert child["metadata"] == {"type": "tool", "dynamic": True}
    found = await ai.registry.resolve(ActionKey.parse("/dynamic-action-provider/host:tool/a"))
    assert await found("four") == 4


async def test_running_it_returns_the_descriptions(ai):
    host = Host("a")
    provider = ai.define_dynamic_action_provider("host", host)
    for asked in (1, 2):
        assert [each["key"] for each in await provider()] == ["/dynamic-action-provider/host:tool/a"]
        assert host.asked == asked
    assert provider.dump_output(await provider())[0]["name"] == "a"


@pytest.mark.parametrize(
    "key",
    [
        "/dynamic-action-provider/host:tool/nobody",
        "/dynamic-action-provider/host:flow/a",
        "/dynamic-action-provider/host:tool/*",
        "/dynamic-action-provider/other:tool/a",
        "/tool/host:tool/a",
    ],
)
async def test_other_keys_are_not_its_own(ai, key):
    provider = ai.define_dynamic_action_provider("host", Host("a"))
    assert await provider.resolve(ActionKey.parse(key)) is None
    assert await ai.registry.find(ActionKey.parse(key)) is None


async def test_what_it_gave_is_kept_for_a_while(ai, autojump_clock):
    host = Host("a")
    provider = ai.define_dynamic_action_provider("host", host)
    for seconds, asked in ((0, 1), (2.9, 1), (0.2, 2)):
        await trio.sleep(seconds)
        await provider.find_actions("tool/*")
        assert host.asked == asked
    provider.invalidate_cache()
    await provider.find_actions("tool/*")
    assert host.asked == 3


async def test_the_time_may_be_said(ai, autojump_clock):
    host = Host("a")
    provider = ai.define_dynamic_action_provider("host", host, cache_ttl=0)
    await provider.find_actions("tool/*")
    await provider.find_actions("tool/*")
    assert host.asked == 2


async def test_several_tasks_ask_once(ai, autojump_clock):
    host = Host("a")
    host.seconds = 1
    provider = ai.define_dynamic_action_provider("host", host)

    async def find() -> int:
        return len(await provider.find_actions("tool/a"))

    assert await run_all(find, find, find) == (1, 1, 1)
    assert host.asked == 1


async def test_who_is_cancelled_leaves_the_asking_to_the_next(ai, autojump_clock):
    host = Host("a")
    host.seconds = 1
    provider = ai.define_dynamic_action_provider("host", host)
    with trio.move_on_after(0.5) as scope:
        await provider.find_actions("tool/a")
    assert scope.cancelled_caught
    assert len(await provider.find_actions("tool/a")) == 1
    assert host.asked == 2


async def test_a_failure_is_not_kept(ai):
    host = Host("a")

    async def broken():
        if host.asked == 0:
            host.asked = 1
            raise OSError("down")
        return await host()

    provider = ai.define_dynamic_action_provider("host", broken)
    with pytest.raises(OSError, match="down"):
        await provider.find_actions("tool/a")
    assert len(await provider.find_actions("tool/a")) == 1


async def test_a_listing_shows_what_there_is_without_a_provider_that_fails(ai, caplog):
    async def broken():
        raise OSError("down")

    ai.define_dynamic_action_provider("host", broken)
    ai.tool(len)
    assert list(await ai.registry.describe_actions()) == ["/dynamic-action-provider/host", "/tool/len", "/tool.v2/len"]
    assert "dynamic action provider 'host' could not list its actions" in caplog.text


async def test_a_listing_leaves_no_trace_and_a_lookup_does(ai):
    provider = ai.define_dynamic_action_provider("host", Host("a"), timeout=3)
    plain = ai.define_dynamic_action_provider("plain", Host("a"))
    with seeing() as seen:
        await provider.describe_actions()
        await plain.describe_actions()
        assert seen.spans == {}
        provider.invalidate_cache()
        await provider.find_actions("tool/a")
        assert list(seen.spans) == ["host"]


def test_what_is_kept_belongs_to_one_trio_run(ai):
    host = Host("a")
    provider = ai.define_dynamic_action_provider("host", host)
    for asked in (1, 2):
        trio.run(provider.find_actions, "tool/a")
        assert host.asked == asked


@pytest.mark.parametrize("name", ["", "a/b", "a:b"])
def test_a_name_that_cannot_be_a_host(ai, name):
    with pytest.raises(ValueError, match="a name has no slash and no colon"):
        ai.define_dynamic_action_provider(name, Host())


def test_its_function_takes_nothing(ai):
    with pytest.raises(TypeError, match="dynamic action provider 'host' takes no input"):
        ai.define_dynamic_action_provider("host", len)


async def test_a_child_registry_knows_the_providers_of_its_parent(ai):
    ai.define_dynamic_action_provider("host", Host("a"))
    child = Registry(parent=ai.registry)
    assert (await child.resolve(ActionKey("dynamic-action-provider", "host:tool/a"))).name == "a"
