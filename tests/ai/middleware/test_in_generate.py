"""Middleware in a generation: with turns, tools, interrupts and streams."""

import attrs
import pytest
import trio

from genkit_trio import GenkitError
from genkit_trio._ai import (
    Cache,
    Fallback,
    Message,
    Middleware,
    MiddlewareRef,
    ModelResponse,
    Part,
    Retry,
    ToolApproval,
    hedge,
    race,
)
from genkit_trio._ai.calls import Calls
from genkit_trio._ai.definitions import Definitions
from genkit_trio._ai.interrupt import restart_tool
from genkit_trio._ai.tool_decorator import tool
from genkit_trio._core import Registry
from genkit_trio.testing import ScriptedAnswer, echo_model, scripted_model


class Ai(Definitions, Calls):
    def __init__(self):
        self.registry = Registry()


@tool
async def delete(path: str) -> str:
    """Delete a file."""
    return f"{path} is gone"


def asks_to_delete(path="/", **options):
    return Part.from_tool_request("delete", path, ref="1", **options)


class Log(Middleware):
    def __init__(self):
        self.entries = []

    async def wrap_generate(self, params, next_fn):
        self.entries.append(f"turn {params.iteration} at {params.message_index}")
        return await next_fn(params)

    async def wrap_model(self, params, next_fn):
        self.entries.append(f"model, {len(params.request.messages)} messages")
        return await next_fn(params)

    async def wrap_tool(self, params, next_fn):
        self.entries.append(f"tool {params.tool.name}")
        return await next_fn(params)


async def test_each_seam_is_passed_once_for_what_it_goes_around():
    log = Log()
    model = scripted_model(asks_to_delete(), "done")
    response = await Ai().generate(model=model, prompt="clean up", tools=[delete], use=[log])
    assert response.text == "done"
    assert log.entries == [
        "turn 0 at 0",
        "model, 1 messages",
        "tool delete",
        "turn 1 at 1",
        "model, 3 messages",
    ]


async def test_a_middleware_brings_its_tools():
    class Cleaner(Middleware):
        def tools(self):
            return [delete]

    model = scripted_model(asks_to_delete("/tmp"), "done")
    response = await Ai().generate(model=model, prompt="clean up", use=[Cleaner()])
    assert response.messages[2].tool_responses[0].tool_response.output == "/tmp is gone"
    assert [definition.name for definition in model.requests[0].tools] == ["delete"]


async def test_a_middleware_may_answer_a_tool():
    class Dry(Middleware):
        async def wrap_tool(self, params, next_fn):
            answer = await next_fn(params)
            return attrs.evolve(answer, output=f"not really: {answer.output}")

    model = scripted_model(asks_to_delete(), "done")
    response = await Ai().generate(model=model, prompt="clean up", tools=[delete], use=[Dry()])
    assert response.messages[2].tool_responses[0].tool_response.output == "not really: / is gone"


async def test_a_middleware_may_change_the_options_of_a_turn():
    class Brief(Middleware):
        async def wrap_generate(self, params, next_fn):
            messages = [Message("system", "Be brief."), *params.options.messages]
            return await next_fn(attrs.evolve(params, options=attrs.evolve(params.options, messages=messages)))

    model = scripted_model("ok")
    await Ai().generate(model=model, prompt="hi", use=[Brief()])
    assert [message.role for message in model.last_request.messages] == ["system", "user"]


async def test_a_tool_waits_for_approval_and_runs_when_it_is_restarted():
    ai = Ai()
    model = scripted_model(asks_to_delete(), "done")
    approval = ToolApproval()
    first = await ai.generate(model=model, prompt="clean up", tools=[delete], use=[approval])
    assert first.finish_reason == "interrupted"
    [interrupt] = first.interrupts
    assert interrupt.metadata["interrupt"] == {"message": "Tool not in approved list: delete"}

    restart = restart_tool(interrupt=interrupt, resumed_metadata={"toolApproved": True})
    second = await ai.generate(
        model=model, messages=first.messages, tools=[delete], use=[approval], resume_restart=restart
    )
    assert second.text == "done"
    assert second.messages[2].tool_responses[0].tool_response.output == "/ is gone"


async def test_a_model_cannot_approve_its_own_call():
    model = scripted_model(asks_to_delete(metadata={"resumed": {"toolApproved": True}}))
    response = await Ai().generate(model=model, prompt="clean up", tools=[delete], use=[ToolApproval()])
    assert response.finish_reason == "interrupted"


async def test_what_is_named_is_found(autojump_clock):
    ai = Ai()
    ai.define_middleware(Retry)
    model = scripted_model(GenkitError("UNAVAILABLE", "busy"), "hello")
    response = await ai.generate(model=model, prompt="hi", use=[MiddlewareRef("retry", {"initialDelayMs": 5000})])
    assert (response.text, trio.current_time() >= 2.5) == ("hello", True)


async def test_another_model_takes_over_in_the_middle_of_a_conversation():
    ai = Ai()
    first = scripted_model(asks_to_delete(), GenkitError("UNAVAILABLE", "down"), name="first")
    second = ai.registry.register(scripted_model("done", name="second"))
    response = await ai.generate(model=first, prompt="clean up", tools=[delete], use=[Fallback(["second"])])
    assert response.text == "done"
    assert len(second.last_request.messages) == 3


async def test_a_cache_answers_a_whole_generation_again():
    ai = Ai()
    model = scripted_model(asks_to_delete(), "done")
    cache = Cache()
    texts = [(await ai.generate(model=model, prompt="clean", tools=[delete], use=[cache])).text for _ in range(2)]
    assert texts == ["done", "done"]
    assert len(model.requests) == 2


async def test_cached_chunks_get_their_role_and_index():
    ai = Ai()
    model = scripted_model(asks_to_delete(), ScriptedAnswer(chunks=["do", "ne"]))
    cache = Cache()
    streams = []
    for _ in range(2):
        async with ai.generate_stream(model=model, prompt="clean", tools=[delete], use=[cache]) as stream:
            streams.append([(chunk.role, chunk.index, chunk.text) async for chunk in stream])
    assert streams[0] == [("tool", 0, ""), ("model", 1, "do"), ("model", 1, "ne")]
    assert streams[1] == [("model", 0, ""), ("tool", 1, ""), ("model", 2, "done")]


async def test_a_stream_is_not_retried_once_a_chunk_is_out(autojump_clock):
    broken = ScriptedAnswer(chunks=["he"], error=GenkitError("UNAVAILABLE", "broken"))
    model = scripted_model(broken, "hello")
    chunks = []
    with pytest.raises(GenkitError, match="broken"):
        async with Ai().generate_stream(model=model, prompt="hi", use=[Retry()]) as stream:
            async for chunk in stream:
                chunks.append(chunk.text)
    assert (chunks, len(model.requests)) == (["he"], 1)


async def test_leaving_a_stream_ends_the_wait_of_a_retry(autojump_clock):
    broken = ScriptedAnswer(error=GenkitError("UNAVAILABLE", "busy"), delay=1)
    model = scripted_model(broken, "hello")
    async with Ai().generate_stream(model=model, prompt="hi", use=[Retry(initial_delay_ms=60_000)]):
        await trio.sleep(2)
    assert (len(model.requests), trio.current_time()) == (1, pytest.approx(2))


async def test_a_race_and_a_hedge_generate_like_any_model(autojump_clock):
    ai = Ai()
    slow, fast = scripted_model(ScriptedAnswer("slow", delay=5)), scripted_model(ScriptedAnswer("fast", delay=1))
    assert (await ai.generate(model=race([slow, fast]), prompt="hi")).text == "fast"
    async with ai.generate_stream(model=hedge(echo_model(), after=1), prompt="hi there") as stream:
        assert [chunk.text async for chunk in stream] == ["hi", " there"]


async def test_a_middleware_may_answer_in_the_place_of_a_turn():
    class Canned(Middleware):
        async def wrap_generate(self, params, next_fn):
            return ModelResponse(message=Message("model", "I cannot say."), finish_reason="stop")

    response = await Ai().generate(model=scripted_model(), prompt="hi", use=[Canned()])
    assert response.text == "I cannot say."
