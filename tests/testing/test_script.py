"""A model whose answers are written down beforehand."""

import pytest
import trio

from genkit_trio import GenkitError
from genkit_trio._ai import Message, ModelRequest, ModelResponse, ModelResponseChunk, Part
from genkit_trio._core import run_all
from genkit_trio.testing import ScriptedAnswer, scripted_model

REQUEST = ModelRequest(messages=[Message("user", "hi")])
PICTURE = Part.from_media("https://example.com/cat.png")


async def streamed(model):
    chunks = []
    async with model.stream(REQUEST) as stream:
        async for chunk in stream:
            chunks.append(chunk)
        return await stream.output(), chunks


@pytest.mark.parametrize(
    ("answer", "content"),
    [
        ("hello", [Part("hello")]),
        (PICTURE, [PICTURE]),
        (["Look:", PICTURE], [Part("Look:"), PICTURE]),
        (Message("model", "hello"), [Part("hello")]),
    ],
)
async def test_content_is_that_of_the_models_message(answer, content):
    response = await scripted_model(answer)(REQUEST)
    assert response == ModelResponse(message=Message("model", content), finish_reason="stop")


async def test_a_response_is_taken_as_it_is():
    response = ModelResponse(finish_reason="blocked")
    assert await scripted_model(response)(REQUEST) is response


async def test_answers_come_in_their_order():
    model = scripted_model("a", "b", "c")
    assert [(await model(REQUEST)).text for _ in range(2)] == ["a", "b"]
    assert model.remaining == 1


async def test_an_exception_is_raised():
    error = GenkitError("UNAVAILABLE", "busy")
    model = scripted_model(error, "hello")
    with pytest.raises(GenkitError) as caught:
        await model(REQUEST)
    assert caught.value is error
    assert (await model(REQUEST)).text == "hello"


async def test_one_request_too_many_is_an_error_that_says_so():
    model = scripted_model("a", name="short")
    await model(REQUEST)
    with pytest.raises(RuntimeError, match="model 'short' was asked 2 times and has 1 answers; give it one more"):
        await model(REQUEST)
    assert model.remaining == 0


async def test_a_function_makes_its_answer_from_the_request():
    async def answer(request, ctx):
        await ctx.send_chunk(ModelResponseChunk("h"))
        return request.messages[0].text.upper()

    response, chunks = await streamed(scripted_model(answer))
    assert (response.text, [chunk.text for chunk in chunks]) == ("HI", ["h"])


async def test_chunks_are_sent_and_make_the_answer():
    chunk = ModelResponseChunk([Part.from_tool_request("search", {"q": 1})], custom=1)
    answer = ScriptedAnswer(chunks=["he", "llo", [PICTURE, "wor"], "ld", chunk])
    response, chunks = await streamed(scripted_model(answer))
    assert chunks == [
        ModelResponseChunk("he"),
        ModelResponseChunk("llo"),
        ModelResponseChunk([PICTURE, "wor"]),
        ModelResponseChunk("ld"),
        chunk,
    ]
    assert response.message.content == [Part("hello"), PICTURE, Part("world"), *chunk.content]


async def test_an_answer_may_differ_from_its_chunks():
    response, chunks = await streamed(scripted_model(ScriptedAnswer("whole", chunks=["part"])))
    assert (response.text, [chunk.text for chunk in chunks]) == ("whole", ["part"])


async def test_an_answer_may_break_off():
    model = scripted_model(ScriptedAnswer(chunks=["he"], error=ValueError("broken")))
    chunks = []
    with pytest.raises(ValueError, match="broken"):
        async with model.stream(REQUEST) as stream:
            async for chunk in stream:
                chunks.append(chunk.text)
    assert chunks == ["he"]


async def test_an_answer_may_take_time(autojump_clock):
    arrivals = []
    async with scripted_model(ScriptedAnswer(chunks=["a", "b"], delay=2)).stream(REQUEST) as stream:
        async for _ in stream:
            arrivals.append(trio.current_time())
        await stream.output()
    assert [*arrivals, trio.current_time()] == [pytest.approx(at) for at in (2, 4, 6)]


async def test_requests_at_the_same_time_get_an_answer_each(autojump_clock):
    model = scripted_model(*(ScriptedAnswer(text, delay=1) for text in "abc"))

    async def ask():
        return (await model(REQUEST)).text

    assert sorted(await run_all(ask, ask, ask)) == ["a", "b", "c"]
