"""A prompt as listings show it."""

from typing import Any

import attrs
import pytest

from genkit_trio._ai import MiddlewareRef, ModelConfig, Retry
from genkit_trio.testing import echo_model

pytestmark = pytest.mark.extra

DISH = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
}


@attrs.frozen
class Dish:
    name: str


async def metadata(ai, name: str, kind: str = "prompt") -> dict[str, Any]:
    return (await ai.registry.describe_actions())[f"/{kind}/{name}"]["metadata"]


@pytest.mark.parametrize("kind", ["prompt", "executable-prompt"])
async def test_a_prompt_is_listed_with_what_it_says(ai, kind):
    ai.define_prompt(
        "hi",
        variant="formal",
        description="says hi",
        model="echo",
        config=ModelConfig(temperature=0.13),
        tools=["toolA"],
        tool_choice="auto",
        use=[MiddlewareRef("mine"), MiddlewareRef("other", {"a": 1})],
        prompt="Hi {{name}}",
        input_schema=Dish,
        input_default={"name": "soup"},
    )
    listed = (await ai.registry.describe_actions())[f"/{kind}/hi.formal"]
    assert (listed["name"], listed["description"]) == ("hi.formal", "says hi")
    assert listed["inputSchema"] == DISH
    assert listed["metadata"] == {
        "type": "prompt",
        "prompt": {
            "name": "hi",
            "variant": "formal",
            "model": "echo",
            "config": {"temperature": 0.13},
            "input": {"schema": DISH, "default": {"name": "soup"}},
            "tools": ["toolA"],
            "toolChoice": "auto",
            "use": [{"name": "mine"}, {"name": "other", "config": {"a": 1}}],
        },
    }


async def test_what_a_prompt_does_not_say_is_left_out(ai):
    ai.define_prompt("hi", prompt="Hi")
    assert await metadata(ai, "hi") == {"type": "prompt", "prompt": {"name": "hi", "input": {}, "tools": [], "use": []}}


async def test_models_and_tools_are_listed_by_name(ai):
    model = echo_model("mine")
    ai.define_prompt("hi", prompt="Hi", model=model, tools=[model])
    assert (await metadata(ai, "hi"))["prompt"]["model"] == "mine"
    assert (await metadata(ai, "hi"))["prompt"]["tools"] == ["mine"]


async def test_middleware_is_listed_if_it_has_a_name(ai):
    async def nameless(request, ask):
        return await ask(request)

    ai.define_middleware(Retry, name="again")
    ai.define_prompt("hi", prompt="Hi", use=[Retry(max_retries=7), nameless])
    [use] = (await metadata(ai, "hi"))["prompt"]["use"]
    assert use["name"] == "again"
    assert use["config"]["maxRetries"] == 7


async def test_metadata_of_the_user_is_put_below(ai):
    ai.define_prompt("hi", prompt="Hi", metadata={"team": "red", "type": "x", "prompt": {"icon": "y", "name": "z"}})
    listed = await metadata(ai, "hi")
    assert (listed["team"], listed["type"]) == ("red", "prompt")
    assert (listed["prompt"]["icon"], listed["prompt"]["name"]) == ("y", "hi")


async def test_what_has_no_json_is_left_out(ai):
    ai.define_prompt("hi", prompt="Hi", config={"a": len}, metadata={"b": len, "prompt": 1})
    listed = await metadata(ai, "hi")
    assert "b" not in listed
    assert "config" not in listed["prompt"]


async def test_a_prompt_of_a_file_is_listed_with_its_template(ai, tmp_path):
    output = '{schema: {"b?": string}, format: csv}'
    source = f"---\ntools: [toolA]\ninput: {{schema: {{a: string}}}}\noutput: {output}\nx.y: 1\n---\nHi"
    (tmp_path / "hi.prompt").write_text(source, encoding="utf-8")
    ai.load_prompts(tmp_path)
    prompt = (await metadata(ai, "hi"))["prompt"]
    assert prompt.pop("raw")["tools"] == ["toolA"]
    assert prompt == {
        "name": "hi",
        "template": "Hi",
        "ext": {"x": {"y": 1}},
        "toolDefs": [],
        "tools": ["toolA"],
        "use": [],
        "input": {
            "schema": {
                "type": "object",
                "properties": {"a": {"type": "string"}},
                "required": ["a"],
                "additionalProperties": False,
            }
        },
        "output": {
            "format": "csv",
            "schema": {
                "type": "object",
                "properties": {"b": {"type": ["string", "null"]}},
                "additionalProperties": False,
            },
        },
    }
