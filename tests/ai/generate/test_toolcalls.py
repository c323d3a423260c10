"""The tool calls of a turn."""

import os

import pytest
import trio

from genkit_trio import Genkit, GenkitError, PublicError
from genkit_trio._ai import Message, Part, Role
from genkit_trio._ai.generate.toolcalls import ToolCaller
from genkit_trio._ai.interrupt import Interrupt
from genkit_trio._ai.middleware.chain import NO_MIDDLEWARE, chain_of
from genkit_trio._ai.middleware.hooks import Middleware
from genkit_trio._ai.tool import MultipartToolResponse
from genkit_trio._ai.tool_context import ToolRunContext
from genkit_trio._core import Registry
from genkit_trio.testing import scripted_model


@pytest.fixture
def ai():
    return Genkit()


def caller_of(*tools, **options):
    by_name = {tool.name: tool for tool in tools}
    return ToolCaller(Registry(), by_name, options.pop("chain", NO_MIDDLEWARE), **options)


def message(*parts):
    return Message(Role.MODEL, list(parts))


def request(name, input=None, **options):
    return Part.from_tool_request(name, input, **options)


async def test_the_answers_come_in_the_order_of_the_requests(ai, autojump_clock):
    async def wait(seconds: float) -> float:
        await trio.sleep(seconds)
        return seconds

    caller = caller_of(ai.tool(wait))
    done = await caller.call_all(message(request("wait", 3), Part("and"), request("wait", 1), request("wait", 2)))
    assert [part.tool_response.output for part in done.answers.content] == [3, 1, 2]
    assert trio.current_time() == 3


async def test_no_more_run_at_once_than_the_limit_allows(ai, autojump_clock):
    running, most = 0, 0

    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await trio.sleep(1)
        running -= 1

    await caller_of(ai.tool(work), limit=2).call_all(message(*[request("work")] * 5))
    assert (most, trio.current_time()) == (2, 3)


async def test_a_tool_that_blocks_a_thread_does_not_stop_other_runs(ai):
    """C19."""
    reading, writing = os.pipe()

    def block() -> str:
        return os.read(reading, 8).decode()

    tool = ai.tool(block)
    responses = []

    async def generate():
        model = scripted_model([request("block")], "done")
        responses.append(await ai.generate(model=model, prompt="hi", tools=[tool]))

    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(generate)
            for _ in range(10):
                assert (await ai.generate(model=scripted_model("other"), prompt="hi")).text == "other"
            assert responses == []
            os.write(writing, b"released")
    [response] = responses
    assert response.messages[2].content[0].tool_response.output == "released"
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("value", [None, {}, {"x": 1}, "text"])
async def test_a_tool_without_an_input_takes_whatever_models_send(ai, value):
    async def now() -> str:
        return "now"

    part = await caller_of(ai.tool(now)).call(request("now", value))
    assert part.tool_response.output == "now"


@pytest.mark.parametrize(
    ("value", "said"),
    [("x", "expected integer, got string"), (None, "the tool needs an input"), (1.5, "expected integer, got number")],
)
async def test_an_input_that_does_not_fit_is_an_answer(ai, value, said):
    async def double(x: int) -> int:
        raise AssertionError

    part = await caller_of(ai.tool(double)).call(request("double", value, ref="1"))
    assert part == Part.from_tool_response("double", {"error": said}, ref="1")


async def test_an_input_that_is_left_out_is_the_default(ai):
    async def double(x: int = 3) -> int:
        return x * 2

    assert (await caller_of(ai.tool(double)).call(request("double"))).tool_response.output == 6


async def test_an_output_that_does_not_fit_is_a_defect_of_the_tool(ai):
    async def double(x: int) -> int:
        return "six"

    with pytest.raises(GenkitError, match="the output of /tool/double does not fit its type"):
        await caller_of(ai.tool(double)).call(request("double", 3))


async def test_a_part_that_asks_for_nothing_is_no_request(ai):
    with pytest.raises(PublicError, match="Tool  not found"):
        await caller_of().call(Part("text"))


@pytest.mark.parametrize("depth", [0, 1, 2])
async def test_an_interrupt_may_come_out_of_nurseries(ai, depth):
    async def raise_in(level):
        if level == 0:
            raise Interrupt({"why": "x"})
        async with trio.open_nursery() as nursery:  # noqa: ASYNC112  # the group that it makes is what is tested
            nursery.start_soon(raise_in, level - 1)

    async def ask() -> None:
        await raise_in(depth)

    part = await caller_of(ai.tool(ask)).call(request("ask", metadata={"own": 1}))
    assert part == request("ask", metadata={"own": 1, "interrupt": {"why": "x"}})


async def test_two_failures_in_a_nursery_are_no_interrupt(ai):
    failures = ExceptionGroup("two", [Interrupt(), ValueError()])

    async def ask() -> None:
        raise failures

    with pytest.raises(ExceptionGroup) as caught:
        await caller_of(ai.tool(ask)).call(request("ask"))
    assert caught.value is failures


async def test_a_failure_counts_for_more_than_an_interrupt(ai):
    async def ask() -> None:
        raise Interrupt

    async def broken() -> None:
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        await caller_of(ai.tool(ask), ai.tool(broken)).call_all(message(request("ask"), request("broken")))


async def test_parts_and_metadata_wait_with_the_output_of_a_tool_whose_sibling_interrupts(ai):
    async def ask() -> None:
        raise Interrupt

    async def look() -> MultipartToolResponse[str]:
        return MultipartToolResponse(output="seen", content=[Part("a tree")], metadata={"size": 2})

    done = await caller_of(ai.tool(ask), ai.tool(look)).call_all(message(request("ask"), request("look")))
    assert done.answers is None
    assert [part.metadata for part in done.message.content] == [
        {"interrupt": True},
        {"pendingOutput": "seen", "pendingContent": [{"text": "a tree"}], "pendingMetadata": {"size": 2}},
    ]


async def test_a_restarted_request_tells_the_tool_how_and_a_fresh_one_does_not(ai):
    async def tell(ctx: ToolRunContext) -> object:
        return [ctx.is_resumed(), ctx.resumed_metadata, ctx.original_input]

    caller = caller_of(ai.tool(tell))
    part = request("tell", metadata={"resumed": {"ok": 1}, "replacedInput": 7})
    assert (await caller.call(part)).tool_response.output == [True, {"ok": 1}, 7]
    done = await caller.call_all(message(part))
    assert done.answers.content[0].tool_response.output == [False, None, None]


async def test_middleware_goes_around_each_call(ai):
    class Loud(Middleware):
        async def wrap_tool(self, params, proceed):
            answer = await proceed(params)
            return MultipartToolResponse(output=answer.output.upper())

    async def now() -> str:
        return "now"

    caller = caller_of(ai.tool(now), chain=chain_of([Loud()]))
    assert (await caller.call(request("now"))).tool_response.output == "NOW"


async def test_middleware_may_interrupt(ai):
    class Careful(Middleware):
        async def wrap_tool(self, params, proceed):
            raise Interrupt({"tool": params.tool.name})

    async def now() -> str:
        raise AssertionError

    caller = caller_of(ai.tool(now), chain=chain_of([Careful()]))
    done = await caller.call_all(message(request("now")))
    assert done.message.content[0].metadata == {"interrupt": {"tool": "now"}}


async def test_a_tool_has_the_context_of_the_call(ai):
    async def who(ctx: ToolRunContext) -> object:
        return ctx.context["auth"]

    model = scripted_model([request("who")], "done")
    response = await ai.generate(model=model, prompt="hi", tools=[ai.tool(who)], context={"auth": "Ada"})
    assert response.messages[2].content[0].tool_response.output == "Ada"
