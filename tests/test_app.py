"""`Genkit`: the object an application declares its actions on."""

import pytest
import trio

from genkit_trio import Action, Genkit, current_context, open_runtime
from genkit_trio.asgi import FlowApp, flow_app
from genkit_trio.lowlevel import current_runtime
from genkit_trio.testing import post


async def test_a_flow_is_an_async_function_and_is_registered():
    ai = Genkit()

    @ai.flow
    async def greet(name: str) -> str:
        return f"Hello, {name}!"

    assert await greet("Ada") == "Hello, Ada!"
    assert greet in ai.registry.actions()


@pytest.mark.parametrize("spelling", ["bare", "called", "named", "keyword"])
def test_every_spelling_of_the_decorator_makes_a_flow(spelling):
    ai = Genkit()
    decorators = {"bare": ai.flow, "called": ai.flow(), "named": ai.flow("greet"), "keyword": ai.flow(name="greet")}

    async def greet() -> None: ...

    assert str(decorators[spelling](greet).key) == "/flow/greet"


def test_an_action_that_was_made_elsewhere_is_registered_once():
    ai, other = Genkit(), Genkit()

    @ai.flow
    async def greet() -> None: ...

    assert other.register(greet) is greet
    with pytest.raises(ValueError, match="already registered"):
        other.register(greet)


async def test_a_step_is_awaited_by_its_name():
    ai = Genkit()

    async def add(a: int, b: int) -> int:
        return a + b

    assert await ai.run("add", add, 1, 2) == 3


async def test_the_context_of_the_current_run_is_at_hand():
    ai = Genkit()

    @ai.flow
    async def who() -> str:
        assert ai.current_context() == current_context()
        return ai.current_context()["auth"]

    assert ai.current_context() == {}
    assert await who(context={"auth": "me"}) == "me"


async def test_open_runtime_takes_its_times(autojump_clock):
    """C27: the drain timeout is the caller's to choose."""
    ai = Genkit()

    @ai.flow
    async def forever() -> None:
        await trio.sleep_forever()

    async with open_runtime(ai, drain_timeout=3, cleanup_grace=1) as runtime:
        assert runtime is current_runtime(ai.registry)
        runtime.spawn(forever, timeout=None)
    assert trio.current_time() == pytest.approx(3)


async def test_flow_app_serves_the_flows_and_nothing_else():
    ai = Genkit()

    @ai.flow
    async def greet() -> str:
        return "hello"

    ai.register(Action("tool", "hammer", greet.fn, {}))
    app = flow_app(ai)
    assert isinstance(app, FlowApp)
    assert (await post(app, "/greet")).json == {"result": "hello"}
    assert (await post(app, "/hammer")).status == 404


@pytest.mark.parametrize(("env", "shown"), [("dev", True), ("prod", False), (None, False)])
async def test_error_texts_are_shown_in_development(env, shown, monkeypatch):
    monkeypatch.delenv("GENKIT_ENV", raising=False)
    if env is not None:
        monkeypatch.setenv("GENKIT_ENV", env)
    ai = Genkit()

    @ai.flow
    async def fail() -> None:
        raise ValueError("what happened")

    assert (b"what happened" in (await post(flow_app(ai), "/fail")).body) is shown
