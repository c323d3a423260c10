"""Reading ``.prompt`` files."""

import pytest

from genkit_trio._ai import GenerateActionOptions, MiddlewareRef, ToolChoice
from genkit_trio._ai.prompt.action import prepare
from genkit_trio._ai.prompt.file import read_prompt
from genkit_trio._core import Registry
from genkit_trio._wire import codec_of

pytestmark = pytest.mark.extra

KITCHEN_SINK = """---
model: kitchen/sink
description: everything
config:
  temperature: 11
  since: 2024-01-02
tools: [toolA, toolB]
use:
  - plain
  - name: with
    config: {a: 1}
returnToolRequests: true
maxTurns: 77
toolChoice: required
input:
  schema: {subject: string}
  default: {subject: bananas}
output:
  format: csv
  contentType: text/csv
  instructions: true
  constrained: false
  schema: {n: integer}
metadata: {foo: bar}
acme.team: red
acme.level: 2
---
About {{subject}}
"""


def test_the_frontmatter_says_what_a_prompt_is():
    definition = read_prompt("sink", "v", KITCHEN_SINK, "sink.v.prompt").define(Registry())
    assert (definition.full_name, definition.description) == ("sink.v", "everything")
    assert definition.input.default == {"subject": "bananas"}
    assert definition.input.codec().schema()["properties"] == {"subject": {"type": "string"}}
    assert definition.output.codec().schema()["required"] == ["n"]
    assert definition.options == {
        "model": "kitchen/sink",
        "config": {"temperature": 11, "since": "2024-01-02"},
        "tools": ["toolA", "toolB"],
        "tool_choice": ToolChoice.REQUIRED,
        "return_tool_requests": True,
        "max_turns": 77,
        "use": [MiddlewareRef("plain"), MiddlewareRef("with", {"a": 1})],
        "output_format": "csv",
        "output_content_type": "text/csv",
        "output_instructions": True,
        "output_constrained": False,
    }
    assert definition.metadata == {"metadata": {"foo": "bar"}}
    assert definition.from_file["ext"] == {"acme": {"team": "red", "level": 2}}
    assert definition.from_file["template"] == "About {{subject}}"
    assert definition.from_file["raw"]["config"] == {"temperature": 11, "since": "2024-01-02"}


def test_a_file_may_be_a_template_alone():
    definition = read_prompt("hi", None, "Hi {{name}}", "hi.prompt").define(Registry())
    assert (definition.full_name, definition.description, definition.options) == ("hi", "", {})
    assert definition.input.declared is definition.output.declared is None


@pytest.mark.parametrize(
    ("front", "fault"),
    [
        ("toolChoice: always", "toolChoice: "),
        ("maxTurns: many", "maxTurns: expected integer or null, got string"),
        ("use: [{config: {}}]", "use"),
        ("config: {x: .nan}", "config.x: expected a finite number"),
    ],
)
def test_frontmatter_that_does_not_fit_is_refused(front, fault):
    with pytest.raises(ValueError, match="does not fit") as caught:
        read_prompt("x", None, f"---\n{front}\n---\nHi", "x.prompt")
    assert str(caught.value).startswith("the frontmatter of 'x.prompt' does not fit: ")
    assert fault in str(caught.value)


def test_a_file_whose_template_is_none_is_refused():
    with pytest.raises(ValueError, match=r"^a template of 'x.prompt' cannot be read \(unclosed tag\): 'Hi \{\{'$"):
        read_prompt("x", None, "Hi {{", "x.prompt").define(Registry())


OF_GENKITS_TESTS = """---
model: googleai/gemini-5.0-ultimate-pro-plus
description: a description
config:
  temperature: 11
tools:
  - toolA
  - toolB
returnToolRequests: true
input:
  schema:
    subject: string
output:
  format: csv
  schema:
    obj?(object, a nested object):
      nest1?: string
    arr(array, array of objects):
      nest2?: boolean
maxTurns: 77
toolChoice: required
metadata:
  foo: bar
---
{{role "system"}} Hello {{history}} from the prompt file {{ subject }}
"""


async def test_everything_that_a_file_says_is_asked_for():
    """What Genkit's own test of such a file expects."""
    registry = Registry()
    definition = read_prompt("kitchensink", None, OF_GENKITS_TESTS, "kitchensink.prompt").define(registry)
    rendered = await prepare(registry, definition, {"subject": "banana"}, {})
    assert codec_of(GenerateActionOptions).dump(rendered) == {
        "model": "googleai/gemini-5.0-ultimate-pro-plus",
        "config": {"temperature": 11},
        "maxTurns": 77,
        "messages": [
            {"role": "system", "content": [{"text": " Hello "}]},
            {"role": "model", "content": [{"text": " from the prompt file banana"}]},
        ],
        "output": {
            "format": "csv",
            "jsonSchema": {
                "type": "object",
                "properties": {
                    "arr": {
                        "type": "array",
                        "description": "array of objects",
                        "items": {
                            "type": "object",
                            "properties": {"nest2": {"type": ["boolean", "null"]}},
                            "additionalProperties": False,
                        },
                    },
                    "obj": {
                        "type": ["object", "null"],
                        "description": "a nested object",
                        "properties": {"nest1": {"type": ["string", "null"]}},
                        "additionalProperties": False,
                    },
                },
                "required": ["arr"],
                "additionalProperties": False,
            },
        },
        "returnToolRequests": True,
        "toolChoice": "required",
        "tools": ["toolA", "toolB"],
    }
