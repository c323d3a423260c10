"""The registry: finding actions by key, here, in a parent, and at plugins."""

import pytest
import trio
import trio.testing

from genkit_trio import Genkit, PublicError, Status
from genkit_trio._core import Action, ActionDecorator, Registry
from genkit_trio._wire import ActionKey
from genkit_trio.abc import Plugin


async def answer() -> int:
    return 42


def action_of(kind: str, name: str) -> Action:
    return Action(kind, name, answer, {})


class Vendor(Plugin):
    """A plugin with one action known up front, and any other on demand; it notes what it is asked."""

    name = "vendor"

    def __init__(self):
        self.asked = []
        self.gate = trio.Event()
        self.gate.set()
        self.failures = 0

    async def init(self):
        self.asked.append("init")
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        return [action_of("model", "vendor/known")]

    async def resolve(self, kind, name):
        self.asked.append(f"{kind} {name}")
        await self.gate.wait()
        return action_of(kind, name) if kind == "model" else None

    async def list_actions(self):
        return [{"key": "/model/vendor/listed", "name": "vendor/listed"}]


class Quiet(Plugin):
    """A plugin that has nothing."""

    name = "quiet"


def model(name: str) -> ActionKey:
    return ActionKey("model", name)


async def test_what_is_not_there_may_be_none(ai):
    registry = Registry([Vendor()], parent=ai.registry)
    flow = ai.flow(answer)
    assert await registry.find(flow.key) is flow
    assert (await registry.find(model("vendor/any"))).name == "vendor/any"
    assert await registry.find(ActionKey("flow", "vendor/any")) is None
    assert await registry.find(model("nobody")) is None


async def test_an_action_is_found_by_its_key(ai):
    flow = ai.flow(answer)
    assert ai.registry.get(flow.key) is flow
    assert await ai.registry.resolve(flow.key) is flow
    assert ai.registry.get(ActionKey("tool", "answer")) is None


async def test_an_unknown_key_is_not_found(ai):
    with pytest.raises(PublicError, match=r"^action /flow/nothing not found$") as caught:
        await ai.registry.resolve(ActionKey("flow", "nothing"))
    assert caught.value.status is Status.NOT_FOUND


def test_an_action_made_elsewhere_can_be_added(ai):
    action = action_of("tool", "answer")
    assert ai.register(action) is action
    with pytest.raises(ValueError, match="already registered"):
        ai.register(action)


def test_the_place_of_what_has_no_line_is_its_module(ai):
    class Answer:
        async def __call__(self) -> int:
            return 42

    ai.flow("answer")(Answer())
    with pytest.raises(ValueError, match=rf"^/flow/answer is already registered, by {__name__}; "):
        ai.flow("answer")(Answer())


async def test_a_child_sees_its_parent_and_keeps_its_own():
    parent = Registry()
    flow = ActionDecorator("flow", parent)(answer)
    child = parent.new_child()
    own = child.register(action_of("flow", "answer"))
    other = ActionDecorator("tool", child)(answer)
    assert child.parent is parent
    assert child.new_child().get(own.key) is own
    assert parent.new_child().get(flow.key) is flow
    assert (child.get(flow.key), parent.get(flow.key)) == (own, flow)
    assert await child.new_child().resolve(other.key) is other
    assert child.actions() == [own, other]
    assert parent.actions() == [flow]


def test_values_are_found_by_kind_and_name(ai):
    parent, child = ai.registry, ai.registry.new_child()
    parent.set_value("format", "json", 1)
    parent.set_value("format", "text", 2)
    child.set_value("format", "json", 3)
    child.set_value("other", "json", 4)
    assert child.values("format") == {"json": 3, "text": 2}
    assert parent.values("format") == {"json": 1, "text": 2}
    parent.set_value("format", "json", 5)
    assert parent.values("format")["json"] == 5


async def test_nothing_of_a_plugin_runs_before_somebody_asks():
    vendor = Vendor()
    ai = Genkit(plugins=[vendor])
    ai.flow(answer)
    await ai.registry.resolve(ActionKey("flow", "answer"))
    assert vendor.asked == []
    assert (await ai.registry.resolve(model("vendor/known"))).name == "vendor/known"
    assert vendor.asked == ["init"]


async def test_an_action_is_made_once():
    vendor = Vendor()
    registry = Registry([vendor])
    first = await registry.resolve(model("vendor/new"))
    assert await registry.resolve(model("vendor/new")) is first
    assert vendor.asked == ["init", "model vendor/new"]


async def test_several_who_ask_at_once_get_one_init_and_one_action():
    vendor, found = Vendor(), []
    vendor.gate = trio.Event()
    registry = Registry([vendor])

    async def ask():
        found.append(await registry.new_child().resolve(model("vendor/new")))

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        assert vendor.asked == ["init"]
        vendor.gate.set()
    assert len(set(map(id, found))) == 1
    assert vendor.asked == ["init", "model vendor/new"]


async def test_a_call_that_is_cancelled_has_no_effect():
    """C1: the next one starts over, and nobody waits for ever."""
    vendor = Vendor()
    vendor.gate = trio.Event()
    registry = Registry([vendor])
    async with trio.open_nursery() as nursery:
        scope = trio.CancelScope()

        @nursery.start_soon
        async def first():
            with scope:
                await registry.resolve(model("vendor/known"))

        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(registry.resolve, model("vendor/known"))
        await trio.testing.wait_all_tasks_blocked()
        scope.cancel()
        await trio.testing.wait_all_tasks_blocked()
        vendor.gate.set()
    assert vendor.asked == ["init", "init"]


async def test_an_init_that_fails_is_tried_again():
    vendor = Vendor()
    vendor.failures = 1
    registry = Registry([vendor])
    with pytest.raises(ConnectionError):
        await registry.resolve(model("vendor/known"))
    assert (await registry.resolve(model("vendor/known"))).name == "vendor/known"


async def test_a_plugin_that_has_no_such_thing_leaves_it_to_the_parent():
    vendor = Vendor()
    parent = Registry()
    tool = parent.register(action_of("tool", "vendor/saw"))
    registry = Registry([vendor, Quiet()], parent=parent)
    assert await registry.resolve(tool.key) is tool
    for key in (ActionKey("tool", "vendor/none"), model("quiet/none"), model("vendorless")):
        with pytest.raises(PublicError):
            await registry.resolve(key)


async def test_listings_show_what_is_there_and_what_could_be_made():
    parent = Registry([Vendor(), Quiet()])
    parent.register(action_of("flow", "above"))
    child = parent.new_child()
    child.register(action_of("flow", "below"))
    described = await child.describe_actions()
    assert list(described) == ["/model/vendor/listed", "/model/vendor/known", "/flow/above", "/flow/below"]
    assert described["/flow/below"]["name"] == "below"


@pytest.mark.parametrize("name", ["", "a/b"])
def test_a_plugin_is_named_by_one_segment(name):
    plugin = type("Named", (Quiet,), {"name": name})()
    with pytest.raises(ValueError, match=f"^a plugin is named '{name}'; a name has no slash and is not empty$"):
        Registry([plugin])


def test_two_plugins_of_one_name_are_refused():
    with pytest.raises(ValueError, match=r"^there are two plugins named 'quiet'; give the registry one of them$"):
        Registry([Quiet(), Quiet()])


async def test_a_plugin_that_cannot_list_leaves_the_rest_to_be_seen(caplog):
    vendor = Vendor()
    vendor.failures = 1
    registry = Registry([vendor, Quiet()])
    registry.register(action_of("flow", "mine"))
    assert (await registry.describe_actions()).keys() == {"/flow/mine"}
    assert "plugin 'vendor' could not list its actions" in caplog.text


class Shelf:
    """A source of one action; it notes what it is asked."""

    def __init__(self, action: Action):
        self.action = action
        self.asked = []

    async def resolve(self, key):
        self.asked.append(str(key))
        return self.action if key == self.action.key else None

    async def describe_actions(self):
        return {str(self.action.key): self.action.describe()}


async def test_a_source_is_asked_for_what_nobody_else_has():
    first, second = Shelf(action_of("prompt", "hi")), Shelf(action_of("prompt", "ho"))
    registry = Registry()
    registry.add_source(first)
    registry.add_source(second)
    registry.register(action_of("flow", "answer"))
    child = registry.new_child()
    assert await child.find(ActionKey("prompt", "hi")) is first.action
    assert await child.find(ActionKey("prompt", "ho")) is second.action
    assert await child.find(ActionKey("prompt", "hm")) is None
    await child.find(ActionKey("flow", "answer"))
    assert (first.asked, second.asked) == (
        ["/prompt/hi", "/prompt/ho", "/prompt/hm"],
        ["/prompt/ho", "/prompt/hm"],
    )
    assert (await child.describe_actions()).keys() == {"/flow/answer", "/prompt/hi", "/prompt/ho"}
