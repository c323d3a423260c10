"""What a tool learns of the call that it runs in."""

import pytest

from genkit_trio._ai.tool_context import ToolCall, ToolRunContext
from genkit_trio._ai.tool_decorator import tool
from genkit_trio._wire import ActionKey
from tests.ai.defined import Application


@tool
async def told(x: int, ctx: ToolRunContext) -> tuple[bool, object, object]:
    return ctx.is_resumed(), ctx.resumed_metadata, ctx.original_input


async def test_a_first_call_is_not_resumed():
    assert await told(1) == (False, None, None)


@pytest.mark.parametrize("init", [None, {"resumed": True}, "x"])
async def test_an_init_from_outside_resumes_nothing(init):
    assert await told(1, init=init) == (False, None, None)


async def test_a_restarted_call_is_resumed():
    assert await told(1, init=ToolCall(resumed={})) == (True, {}, None)
    assert await told(1, init=ToolCall(resumed={"ok": 1}, original_input=2)) == (True, {"ok": 1}, 2)


async def test_it_is_a_run_context_too():
    ai = Application()

    @ai.tool
    async def counting(size: int, ctx: ToolRunContext[int]) -> str:
        for number in range(size):
            await ctx.send_chunk(number)
        return str(ctx.context["who"])

    async with counting.stream(3, context={"who": "ann"}) as stream:
        assert [chunk async for chunk in stream] == [0, 1, 2]
        assert await stream.output() == "ann"
    assert counting.chunk_codec.schema() == {"type": "integer"}
    assert ai.registry.get(ActionKey("tool", "counting")) is counting
