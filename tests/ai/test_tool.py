"""Tools: their keys, their metadata, how a model is told about them, and what they answer."""

import attrs
import pytest
import trio

from genkit_trio import GenkitError, PublicError, Status
from genkit_trio._ai.interrupt import Interrupt
from genkit_trio._ai.part import Part
from genkit_trio._ai.tool import (
    MultipartToolResponse,
    ToolCall,
    answer_of,
    definition_of,
    is_multipart,
    response,
)
from genkit_trio._ai.tool_context import ToolRunContext
from genkit_trio._ai.tool_decorator import tool
from tests.ai.defined import Application, seeing


@attrs.frozen
class Place:
    city: str


@pytest.fixture
def ai():
    return Application()


def keys(ai) -> list[str]:
    return [str(action.key) for action in ai.registry.actions()]


async def test_a_tool_is_the_function_under_two_keys(ai):
    @ai.tool
    async def weather(place: Place) -> str:
        """Tell the weather."""
        return f"rain in {place.city}"

    assert keys(ai) == ["/tool.v2/weather", "/tool/weather"]
    assert weather is ai["/tool/weather"]
    assert await weather(Place("Ghent")) == "rain in Ghent"
    assert await ai["/tool.v2/weather"](Place("Ghent")) == MultipartToolResponse(output="rain in Ghent")


def test_tools_are_listed_as_genkit_js_lists_them(ai):
    @ai.tool
    async def weather(place: Place) -> str:
        """Tell the weather."""
        return ""

    described = weather.describe()
    assert described["description"] == "Tell the weather."
    assert described["metadata"] == {"type": "tool"}
    assert described["inputSchema"]["properties"] == {"city": {"type": "string"}}
    assert described["outputSchema"] == {"type": "string"}
    twin = ai["/tool.v2/weather"].describe()
    assert twin["metadata"] == {"type": "tool.v2", "tool": {"multipart": True}, "dynamic": True}
    assert set(twin["outputSchema"]["properties"]) == {"output", "content", "metadata"}


def test_metadata_of_the_users_own_is_kept_beside(ai):
    @ai.tool(metadata={"team": "maps", "type": "mine", "tool": {"cost": 1}}, multipart=True)
    async def weather(place: Place) -> object: ...

    assert weather.describe()["metadata"] == {
        "team": "maps",
        "type": "tool.v2",
        "tool": {"cost": 1, "multipart": True},
    }


async def test_a_multipart_tool_has_one_key(ai):
    @ai.tool
    async def annotated() -> MultipartToolResponse[int]:
        return response(1, parts=["see", Part.from_media("data:,x")], metadata={"k": 1})

    @ai.tool(multipart=True)
    async def declared():
        return response(1)

    @ai.tool(multipart=True, output_schema={"type": "integer"})
    async def by_schema():
        return 2

    assert keys(ai) == ["/tool.v2/annotated", "/tool.v2/by_schema", "/tool.v2/declared"]
    assert all(is_multipart(each) for each in (annotated, declared, by_schema))
    answer = await annotated()
    assert (answer.output, answer.metadata) == (1, {"k": 1})
    assert [part.kind for part in answer.content] == ["text", "media"]
    assert answer_of(annotated, answer) == answer
    assert await by_schema() == MultipartToolResponse(output=2)
    assert definition_of(annotated).output_schema == {"type": "integer"}
    assert definition_of(declared).output_schema is None
    assert annotated.describe()["metadata"] == {"type": "tool.v2", "tool": {"multipart": True}}


def test_a_tool_that_is_not_registered_is_dynamic():
    async def weather(place: Place) -> str:
        return ""

    one = tool(weather)
    other = tool(weather, name="rain", description="Rain.")
    many = tool(weather, name="parts", multipart=True)
    assert one.describe()["metadata"] == {"type": "tool", "dynamic": True}
    assert (one.name, other.name, other.description) == ("weather", "rain", "Rain.")
    assert many.describe()["metadata"]["dynamic"] is True


def test_a_model_is_told_the_last_segment_of_the_name(ai):
    @ai.tool("maps/weather")
    async def weather(place: Place) -> str:
        """Tell the weather."""
        return ""

    definition = definition_of(weather)
    assert (definition.name, definition.description) == ("weather", "Tell the weather.")
    assert definition.metadata == {"originalName": "maps/weather"}
    assert definition.input_schema == weather.input_codec.schema()
    assert definition.output_schema == {"type": "string"}


def test_a_model_is_not_told_schemas_that_say_nothing(ai):
    @ai.tool
    async def anything():
        """Do it."""

    definition = definition_of(anything)
    assert (definition.input_schema, definition.output_schema, definition.metadata) == (None, None, None)


@pytest.mark.parametrize("data", [None, {}, {"made": "up"}, 1])
def test_a_tool_without_an_input_ignores_what_a_model_gives(ai, data):
    @ai.tool
    async def now() -> str:
        return ""

    assert now.load_input(data) is None
    assert now.describe()["inputSchema"] == {}


def test_no_input_is_the_default_or_an_error(ai):
    @ai.tool
    async def with_default(size: int = 3) -> None: ...

    @ai.tool
    async def needed(size: int) -> None: ...

    assert with_default.load_input(None) == 3
    assert with_default.load_input(4) == 4
    with pytest.raises(PublicError, match="data: required field missing"):
        needed.load_input(None)
    with pytest.raises(PublicError, match="expected integer, got string"):
        needed.load_input("4")


@pytest.mark.extra
async def test_schemas_may_stand_for_annotations(ai):
    @ai.tool(input_schema={"type": "object", "required": ["city"]}, output_schema=Place)
    async def anywhere(given):
        return Place(given["city"])

    assert anywhere.describe()["inputSchema"] == {"type": "object", "required": ["city"]}
    assert anywhere.load_input({"city": "Ghent"}) == {"city": "Ghent"}
    with pytest.raises(PublicError, match='"city" is a required property'):
        anywhere.load_input({})
    assert answer_of(anywhere, await anywhere({"city": "Ghent"})).output == {"city": "Ghent"}


def test_an_answer_is_json(ai):
    @ai.tool
    async def plain(x: int) -> Place: ...

    @ai.tool
    async def loose(x: int): ...

    @ai.tool
    async def parts(x: int) -> MultipartToolResponse[Place]: ...

    envelope = response(Place("Ghent"), parts="look")
    assert answer_of(plain, Place("Ghent")) == MultipartToolResponse(output={"city": "Ghent"})
    assert answer_of(loose, envelope) == MultipartToolResponse(output={"city": "Ghent"}, content=[Part("look")])
    assert answer_of(parts, envelope) == answer_of(loose, envelope)
    assert answer_of(plain, response(parts="look")) == MultipartToolResponse(content=[Part("look")])
    for each, value in ((plain, 1), (parts, response(1))):
        with pytest.raises(GenkitError, match="does not fit its type") as caught:
            answer_of(each, value)
        assert caught.value.status is Status.INTERNAL


async def test_a_sync_tool_runs_in_a_thread(ai):
    @ai.tool
    def weather(place: Place, ctx: ToolRunContext) -> str:
        trio.from_thread.check_cancelled()
        return f"{place.city} {ctx.is_resumed()}"

    assert await weather(Place("Ghent")) == "Ghent False"


async def test_the_trace_shows_what_a_tool_was_resumed_with_and_why_it_stopped(ai):
    @ai.tool
    async def book(place: Place) -> str:
        raise Interrupt({"ask": "sure?"})

    with seeing() as seen, pytest.raises(Interrupt):
        await book(Place("Ghent"), init=ToolCall(resumed={"ok": True}))
    assert seen.attribute("book", "genkit:metadata:resumed") == '{"ok":true}'
    assert seen.attribute("book", "genkit:metadata:interrupt") == '{"ask":"sure?"}'
    with seeing() as seen, pytest.raises(Interrupt):
        await book(Place("Ghent"))
    assert seen.attribute("book", "genkit:metadata:resumed") is None


def test_a_generator_is_no_tool(ai):
    with pytest.raises(TypeError, match="'stream' is a generator, which returns nothing"):

        @ai.tool
        async def stream(x: int):
            yield x


def test_options_are_checked(ai):
    with pytest.raises(TypeError, match="no option 'colour'"):
        ai.tool(colour=1)(len)
    with pytest.raises(TypeError, match="no name of its own"):
        ai.tool(lambda: 1)
