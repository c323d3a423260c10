"""The turns: what goes around them, and that nothing of them outlives the call."""

import logging

import attrs
import pytest
import trio
import trio.testing

from genkit_trio import DeadlineExceeded, Genkit, GenkitError, PublicError, Status
from genkit_trio._ai import FinishReason, Message, ModelResponse, ModelResponseChunk, Part, Role
from genkit_trio._ai.middleware.hooks import Middleware
from genkit_trio.testing import ScriptedAnswer, scripted_model


class Pending:
    """Something that takes for ever, tells that it has begun, and takes a second to clean up."""

    def __init__(self):
        self.begun = trio.Event()
        self.ended = False

    async def __call__(self):
        try:
            self.begun.set()
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
            self.ended = True


def asking(*names, **inputs):
    """An answer that asks for tools."""
    return [Part.from_tool_request(name, inputs.get(name), ref=str(ref)) for ref, name in enumerate(names)]


@pytest.fixture
def ai():
    return Genkit()


@pytest.fixture
def quiet(caplog):
    caplog.set_level(logging.CRITICAL, "genkit_trio")


async def test_a_tool_that_fails_cancels_its_sibling_and_waits_for_its_cleanup(ai, autojump_clock, quiet):
    sibling, failure = Pending(), ValueError("boom")

    async def patient() -> None:
        await sibling()

    async def broken() -> None:
        await sibling.begun.wait()
        raise failure

    tools = [ai.tool(patient), ai.tool(broken)]
    response = await ai.generate(model=scripted_model(asking("patient", "broken")), prompt="hi", tools=tools)
    assert sibling.ended
    assert trio.current_time() == pytest.approx(1)
    assert response.exception is failure
    assert response.error is not None
    assert (response.error.status, response.error.details) == ("INTERNAL", {"reason": "TOOL_FAILED"})
    assert (response.finish_reason, response.message) == (FinishReason.FAILED, None)
    assert [message.text for message in response.messages] == ["hi"]


async def test_leaving_the_stream_cancels_a_model_that_is_answering(ai, autojump_clock):
    connection = Pending()

    async def answer(request, ctx):
        await ctx.send_chunk(ModelResponseChunk("first"))
        await connection()

    async with ai.generate_stream(model=scripted_model(answer), prompt="hi") as stream:
        async for chunk in stream:
            assert chunk.text == "first"
            break
        await connection.begun.wait()
    assert connection.ended
    assert trio.current_time() == pytest.approx(1)


async def test_leaving_the_stream_cancels_every_tool_that_is_running(ai, autojump_clock):
    pending = [Pending(), Pending(), Pending()]

    async def wait(number: int) -> None:
        await pending[number]()

    tool = ai.tool(wait)
    requests = [Part.from_tool_request("wait", number) for number in range(3)]
    model = scripted_model(ScriptedAnswer(requests, chunks=["first"]))
    async with ai.generate_stream(model=model, prompt="hi", tools=[tool]) as stream:
        async for _ in stream:
            break
        for each in pending:
            await each.begun.wait()
    assert [each.ended for each in pending] == [True] * 3
    assert trio.current_time() == pytest.approx(1)


@pytest.mark.parametrize("seconds", [1, 1.25])
async def test_a_deadline_around_ten_turns_ends_the_one_that_is_running(ai, autojump_clock, seconds):
    """C8: at 1 s a tool is running, at 1.25 s a model."""
    ended = []

    async def work() -> None:
        try:
            await trio.sleep(0.3)
        finally:
            ended.append(trio.current_time())

    tool = ai.tool(work)
    model = scripted_model(*[ScriptedAnswer(asking("work"), delay=0.1)] * 11)
    with pytest.raises(trio.TooSlowError), trio.fail_after(seconds):
        await ai.generate(model=model, prompt="hi", tools=[tool], max_turns=10)
    assert trio.current_time() == seconds
    assert ended == pytest.approx([0.4, 0.8, min(seconds, 1.2)])
    assert len(model.requests) == (3 if seconds == 1 else 4)


async def test_ten_turns_are_taken_if_there_is_time(ai, autojump_clock):
    async def work() -> None:
        await trio.sleep(0.1)

    tool = ai.tool(work)
    model = scripted_model(*[asking("work")] * 10, "done")
    with trio.fail_after(2):
        response = await ai.generate(model=model, prompt="hi", tools=[tool], max_turns=10)
    assert (response.text, len(response.messages)) == ("done", 22)


async def test_hundreds_of_turns_are_no_deeper_than_one(ai):
    async def work() -> None:
        """Do nothing."""

    tool = ai.tool(work)
    model = scripted_model(*[asking("work")] * 400, "done")
    response = await ai.generate(model=model, prompt="hi", tools=[tool], max_turns=400)
    assert response.text == "done"


async def test_cancelling_the_caller_cancels_the_generation(ai, autojump_clock):
    connection = Pending()

    async def answer(request, ctx):
        await connection()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: ai.generate(model=scripted_model(answer), prompt="hi"))
        await connection.begun.wait()
        nursery.cancel_scope.cancel()
    assert connection.ended


async def test_what_a_model_sends_after_its_answer_is_lost(ai):
    sent = trio.Event()

    async def send_late(ctx):
        await trio.testing.wait_all_tasks_blocked()
        await ctx.send_chunk(ModelResponseChunk("late"))
        sent.set()

    async with trio.open_nursery() as nursery:

        async def answer(request, ctx):
            await ctx.send_chunk(ModelResponseChunk("in time"))
            nursery.start_soon(send_late, ctx)
            return asking("wait")

        async def wait() -> None:
            await sent.wait()

        model, tool = scripted_model(answer, "done"), ai.tool(wait)
        async with ai.generate_stream(model=model, prompt="hi", tools=[tool]) as stream:
            chunks = [(chunk.role, chunk.index, chunk.text) async for chunk in stream]
    assert chunks == [(Role.MODEL, 0, "in time"), (Role.TOOL, 1, "")]


async def test_what_fails_before_the_first_answer_is_raised_as_it_is(ai):
    """C3."""
    failure = ValueError("down")
    with pytest.raises(ValueError, match="down") as caught:
        await ai.generate(model=scripted_model(failure), prompt="hi")
    assert caught.value is failure


async def test_a_failure_after_an_answer_is_told_and_logged(ai, caplog):
    async def work() -> None:
        """Do nothing."""

    model = scripted_model(asking("work"), RuntimeError("secret"))
    response = await ai.generate(model=model, prompt="hi", tools=[ai.tool(work)])
    assert response.error is not None
    assert (response.error.status, response.error.message) == ("INTERNAL", Status.INTERNAL.sentence)
    assert response.finish_message == Status.INTERNAL.sentence
    assert [message.role for message in response.messages] == [Role.USER, Role.MODEL, Role.TOOL]
    assert "a generation failed after its model had answered" in caplog.text
    assert "RuntimeError: secret" in caplog.text
    with pytest.raises(GenkitError):
        _ = response.output


async def test_the_conversation_of_a_failed_generation_can_be_sent_again(ai, quiet):
    async def work() -> None:
        """Do nothing."""

    model = scripted_model(asking("work"), RuntimeError("down"), "done")
    tool = ai.tool(work)
    failed = await ai.generate(model=model, prompt="hi", tools=[tool])
    response = await ai.generate(model=model, messages=failed.messages, tools=[tool])
    assert response.text == "done"
    assert [message.role for message in response.messages] == [Role.USER, Role.MODEL, Role.TOOL, Role.MODEL]


@pytest.mark.parametrize(
    ("failure", "status", "reason"),
    [
        (PublicError("PERMISSION_DENIED", "no"), "PERMISSION_DENIED", FinishReason.FAILED),
        (PublicError("CANCELLED", "stopped"), "CANCELLED", FinishReason.ABORTED),
        (PublicError("ABORTED", "conflict"), "ABORTED", FinishReason.FAILED),
        (DeadlineExceeded("late"), "DEADLINE_EXCEEDED", FinishReason.FAILED),
        (trio.TooSlowError(), "DEADLINE_EXCEEDED", FinishReason.FAILED),
        (ExceptionGroup("two", [ValueError(), PublicError("UNAVAILABLE", "x")]), "INTERNAL", FinishReason.FAILED),
    ],
)
async def test_the_status_of_a_failure_is_told(ai, quiet, failure, status, reason):
    async def work() -> None:
        raise failure

    response = await ai.generate(model=scripted_model(asking("work")), prompt="hi", tools=[ai.tool(work)])
    assert response.error is not None
    assert (response.error.status, response.finish_reason, response.exception) == (status, reason, failure)


async def test_a_tool_with_a_timeout_ends_with_it(ai, autojump_clock, quiet):
    async def work() -> None:
        await trio.sleep_forever()

    tool = ai.tool(timeout=3)(work)
    response = await ai.generate(model=scripted_model(asking("work")), prompt="hi", tools=[tool])
    assert response.error is not None
    assert (response.error.status, trio.current_time()) == ("DEADLINE_EXCEEDED", 3)


async def test_a_model_that_gives_no_response_is_a_defect(ai):
    @ai.model
    async def careless(request):
        return {"text": "hi"}

    with pytest.raises(GenkitError, match="model 'careless' returned 'dict' instead of a ModelResponse") as caught:
        await ai.generate(model="careless", prompt="hi")
    assert caught.value.status is Status.INTERNAL


async def test_a_model_may_change_its_request(ai):
    async def answer(request, ctx):
        request.messages.clear()
        request.tools.clear()
        return asking("work") if len(model.requests) == 1 else "done"

    async def work() -> None:
        """Do nothing."""

    model = scripted_model(answer, answer)
    response = await ai.generate(model=model, prompt="hi", tools=[ai.tool(work)])
    assert [message.role for message in response.messages][-3:] == [Role.MODEL, Role.TOOL, Role.MODEL]


async def test_a_million_characters_reach_the_tool(ai):
    sizes = []

    async def measure(x: str) -> int:
        sizes.append(len(x))
        return len(x)

    model = scripted_model(asking("measure", measure="x" * 1_000_000), "done")
    response = await ai.generate(model=model, prompt="hi", tools=[ai.tool(measure)])
    assert (sizes, response.text) == ([1_000_000], "done")


class Around(Middleware):
    """Notes what it goes around."""

    def __init__(self):
        self.seen = []

    async def wrap_generate(self, params, proceed):
        self.seen.append(f"turn {params.iteration}")
        response = await proceed(params)
        self.seen.append(f"end {params.iteration}")
        return response

    async def wrap_model(self, params, proceed):
        self.seen.append(f"model {params.is_streaming}")
        return await proceed(params)

    async def wrap_tool(self, params, proceed):
        self.seen.append(f"tool {params.tool_request.name}")
        return await proceed(params)


async def test_middleware_goes_around_turns_models_and_tools(ai):
    async def work() -> None:
        """Do nothing."""

    around = Around()
    await ai.generate(model=scripted_model(asking("work"), "done"), prompt="hi", tools=[ai.tool(work)], use=[around])
    assert around.seen == ["turn 0", "model False", "tool work", "turn 1", "model False", "end 1", "end 0"]


async def test_middleware_may_change_what_a_turn_is_asked(ai):
    class Polite(Middleware):
        async def wrap_generate(self, params, proceed):
            please = attrs.evolve(params.options, messages=[*params.options.messages, Message(Role.USER, "please")])
            return await proceed(attrs.evolve(params, options=please))

    model = scripted_model("done")
    response = await ai.generate(model=model, prompt="hi", use=[Polite()])
    assert [message.text for message in model.last_request.messages] == ["hi", "please"]
    assert [message.text for message in response.messages] == ["hi", "please", "done"]


async def test_middleware_may_answer_in_the_place_of_the_model(ai):
    class Known(Middleware):
        async def wrap_generate(self, params, proceed):
            return ModelResponse(message=Message(Role.MODEL, "[1, 2]"))

    model = scripted_model()
    response = await ai.generate(model=model, prompt="hi", use=[Known()], output_schema=list[int])
    assert (response.output, len(response.messages), model.requests) == ([1, 2], 2, [])


async def test_middleware_brings_tools_along(ai):
    async def work() -> str:
        return "worked"

    class Equipped(Middleware):
        def tools(self):
            return [tool]

    tool = ai.tool(work)
    model = scripted_model(asking("work"), "done")
    response = await ai.generate(model=model, prompt="hi", use=[Equipped()])
    assert [definition.name for definition in model.last_request.tools] == ["work"]
    assert response.text == "done"


@pytest.mark.parametrize("late", [False, True])
async def test_middleware_that_fails_is_a_failure_like_another(ai, quiet, late):
    failure = ValueError("no")

    class Strict(Middleware):
        async def wrap_generate(self, params, proceed):
            if late:
                await proceed(params)
            raise failure

    generation = ai.generate(model=scripted_model("done"), prompt="hi", use=[Strict()])
    if late:
        response = await generation
        assert (response.exception, response.finish_reason) == (failure, FinishReason.FAILED)
    else:
        with pytest.raises(ValueError, match="no"):
            await generation


async def test_middleware_sees_failures_as_exceptions(ai, quiet):
    class Saving(Middleware):
        async def wrap_generate(self, params, proceed):
            try:
                return await proceed(params)
            except ValueError:
                return ModelResponse(message=Message(Role.MODEL, "saved"))

    async def work() -> None:
        raise ValueError

    model = scripted_model(asking("work"))
    response = await ai.generate(model=model, prompt="hi", tools=[ai.tool(work)], use=[Saving()])
    assert (response.text, response.error) == ("saved", None)


async def test_middleware_streams_too(ai):
    class Announced(Middleware):
        async def wrap_model(self, params, proceed):
            await params.send_chunk(ModelResponseChunk("now: "))
            return await proceed(params)

    model = scripted_model(ScriptedAnswer(chunks=["a", "b"]))
    async with ai.generate_stream(model=model, prompt="hi", use=[Announced()]) as stream:
        texts = [(chunk.index, chunk.accumulated_text) async for chunk in stream]
    assert texts == [(0, "now: "), (0, "now: a"), (0, "now: ab")]
