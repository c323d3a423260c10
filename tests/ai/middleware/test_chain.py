"""The hooks of several middlewares, around turns, models and tools."""

import attrs
import trio

from genkit_trio._ai import (
    GenerateActionOptions,
    GenerateHookParams,
    Message,
    Middleware,
    ModelHookParams,
    ModelResponse,
    ModelResponseChunk,
    Part,
    ToolHookParams,
)
from genkit_trio._ai.middleware.chain import NO_MIDDLEWARE, chain_of, run_generate, run_model, run_tool
from genkit_trio._ai.tool import MultipartToolResponse
from genkit_trio._ai.tool_decorator import tool
from genkit_trio._core import Registry
from genkit_trio.testing import ScriptedAnswer, scripted_model
from tests.ai.middleware.calls import ask, request_of


class Noting(Middleware):
    """Notes when it is entered and left."""

    def __init__(self, name, log):
        self.name = name
        self.log = log

    async def _around(self, params, next_fn):
        self.log.append(f"{self.name} in")
        result = await next_fn(params)
        self.log.append(f"{self.name} out")
        return result

    async def wrap_generate(self, params, next_fn):
        return await self._around(params, next_fn)

    async def wrap_model(self, params, next_fn):
        return await self._around(params, next_fn)

    async def wrap_tool(self, params, next_fn):
        return await self._around(params, next_fn)


class Bringing(Middleware):
    """Brings tools along."""

    def __init__(self, *tools):
        self._tools = tools

    def tools(self):
        return self._tools


@tool
async def double(number: int) -> int:
    return number * 2


@tool
async def half(number: int) -> float:
    return number / 2


async def test_the_first_middleware_is_the_outermost_around_a_model():
    log = []
    response = await ask(scripted_model("hello"), Noting("a", log), Noting("b", log))
    assert response.text == "hello"
    assert log == ["a in", "b in", "b out", "a out"]


async def test_the_first_middleware_is_the_outermost_around_a_turn():
    log = []
    params = GenerateHookParams(
        options=GenerateActionOptions(messages=[Message("user", "hi")]),
        iteration=0,
        message_index=0,
        registry=Registry(),
    )

    async def turn(params):
        log.append("turn")
        return ModelResponse()

    await run_generate(chain_of([Noting("a", log), Noting("b", log)]), params, turn)
    assert log == ["a in", "b in", "turn", "b out", "a out"]


async def test_the_first_middleware_is_the_outermost_around_a_tool():
    log = []
    part = Part.from_tool_request("double", 4)
    params = ToolHookParams(tool_request_part=part, tool=double, registry=Registry())

    async def call(params):
        return MultipartToolResponse(output=await params.tool(params.tool_request.input))

    answer = await run_tool(chain_of([Noting("a", log), Noting("b", log)]), params, call)
    assert answer.output == 8
    assert log == ["a in", "b in", "b out", "a out"]


def test_without_a_hook_what_is_run_is_called_as_it_is():
    """The seams cost a generation without middleware nothing."""
    assert chain_of([]) is NO_MIDDLEWARE
    nothing_overridden = chain_of([Middleware(), Bringing()])
    params = ModelHookParams(request=request_of(), model=scripted_model(), registry=Registry())
    for chain in (NO_MIDDLEWARE, nothing_overridden):
        for run in (run_model, run_generate, run_tool):
            assert run(chain, params, lambda given: given) is params


def test_a_hook_that_is_not_overridden_is_not_in_the_chain():
    class Model(Middleware):
        async def wrap_model(self, params, next_fn):
            return await next_fn(params)

    chain = chain_of([Model(), Middleware()])
    assert (len(chain.generate), len(chain.model), len(chain.tool)) == (0, 1, 0)


def test_the_tools_of_all_middlewares_come_in_their_order():
    assert chain_of([Bringing(double), Middleware(), Bringing(half)]).tools == (double, half)


async def test_the_base_class_passes_everything_on():
    chain = chain_of([Middleware()])
    assert chain == NO_MIDDLEWARE
    model = scripted_model("hello")

    class Explicit(Middleware):
        async def wrap_model(self, params, next_fn):
            return await super().wrap_model(params, next_fn)

        async def wrap_generate(self, params, next_fn):
            return await super().wrap_generate(params, next_fn)

        async def wrap_tool(self, params, next_fn):
            return await super().wrap_tool(params, next_fn)

    assert (await ask(model, Explicit())).text == "hello"
    explicit = chain_of([Explicit()])

    async def inner(params):
        return params

    assert await run_generate(explicit, "turn", inner) == "turn"
    assert await run_tool(explicit, "call", inner) == "call"


async def test_a_middleware_may_change_the_request_and_the_response():
    class Polite(Middleware):
        async def wrap_model(self, params, next_fn):
            request = attrs.evolve(params.request, messages=[*params.request.messages, Message("user", "please")])
            response = await next_fn(attrs.evolve(params, request=request))
            return attrs.evolve(response, message=Message("model", response.text + ", thanks"))

    model = scripted_model("yes")
    assert (await ask(model, Polite())).text == "yes, thanks"
    assert [message.text for message in model.last_request.messages] == ["hi", "please"]


async def test_a_middleware_may_answer_by_itself():
    class Silent(Middleware):
        async def wrap_model(self, params, next_fn):
            return ModelResponse(message=Message("model", "no"))

    model = scripted_model()
    assert (await ask(model, Silent())).text == "no"
    assert model.requests == []


async def test_a_middleware_may_change_the_chunks():
    class Loud(Middleware):
        async def wrap_model(self, params, next_fn):
            async def send_chunk(chunk):
                await params.send_chunk(attrs.evolve(chunk, content=[Part(chunk.text.upper())]))

            return await next_fn(attrs.evolve(params, send_chunk=send_chunk))

    chunks = []
    await ask(scripted_model(ScriptedAnswer(chunks=["a", "b"])), Loud(), chunks=chunks)
    assert chunks == ["A", "B"]


async def test_where_nobody_listens_a_chunk_is_discarded():
    class Talking(Middleware):
        async def wrap_model(self, params, next_fn):
            assert not params.is_streaming
            await params.send_chunk(ModelResponseChunk("hello?"))
            return await next_fn(params)

    assert (await ask(scripted_model("hello"), Talking())).text == "hello"
    with trio.CancelScope() as scope:
        scope.cancel()
        await ask(scripted_model(), Talking())
    assert scope.cancelled_caught


async def test_a_middleware_may_want_the_chunks_for_itself():
    class Collecting(Middleware):
        async def wrap_model(self, params, next_fn):
            chunks = []

            async def send_chunk(chunk):
                chunks.append(chunk.text)

            response = await next_fn(attrs.evolve(params, send_chunk=send_chunk, is_streaming=True))
            return attrs.evolve(response, custom=chunks)

    response = await ask(scripted_model(ScriptedAnswer(chunks=["a", "b"])), Collecting())
    assert response.custom == ["a", "b"]


async def test_an_async_function_is_middleware_around_the_model():
    async def shout(request, next_fn):
        response = await next_fn(attrs.evolve(request, messages=[Message("user", "HI")]))
        return attrs.evolve(response, message=Message("model", response.text.upper()))

    model = scripted_model("hello")
    assert (await ask(model, shout)).text == "HELLO"
    assert model.last_request.messages[0].text == "HI"
