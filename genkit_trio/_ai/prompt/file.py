"""Reading ``.prompt`` files: frontmatter that says what a prompt is, and a template."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import attrs

from ..._core import Registry
from ..._wire import InvalidValue, JsonValue, Wire, codec_of
from ..action_options import MiddlewareRef
from ..request import ToolChoice
from .definition import PromptDefinition, full_name_of, shared_of, templates_of
from .dotprompt import read_source
from .schemas import DeclaredSchema, Picoschema, PromptInput

_WIRE: Final = Wire(names="camel")
_ANYTHING: Final = codec_of(dict[str, Any])


@attrs.frozen(kw_only=True)
class _Input:
    __wire__: ClassVar = _WIRE

    schema: Any = None
    default: dict[str, Any] = attrs.field(factory=dict[str, Any])


@attrs.frozen(kw_only=True)
class _Output:
    __wire__: ClassVar = _WIRE

    schema: Any = None
    format: str | None = None
    content_type: str | None = None
    instructions: bool | str | None = None
    constrained: bool | None = None


@attrs.frozen(kw_only=True)
class Frontmatter:
    """What is written above the template; keys that are not known are for others."""

    __wire__: ClassVar = _WIRE

    description: str | None = None
    model: str | None = None
    config: dict[str, Any] | None = None
    tools: list[str] | None = None
    tool_choice: ToolChoice | None = None
    return_tool_requests: bool | None = None
    max_turns: int | None = None
    use: list[str | MiddlewareRef] | None = None
    input: _Input = attrs.field(factory=_Input)
    output: _Output = attrs.field(factory=_Output)
    metadata: dict[str, Any] | None = None


@attrs.frozen(kw_only=True)
class PromptFile:
    """A ``.prompt`` file that was read.

    Attributes:
      where: the path of the file, for errors.
      name: the name of the prompt, without the variant.
      frontmatter: what is written above the template.
      raw: the same as JSON.
    """

    where: str
    name: str
    variant: str | None
    frontmatter: Frontmatter
    raw: Mapping[str, JsonValue]
    template: str

    def define(self, registry: Registry) -> PromptDefinition:
        """Make a prompt of it.

        Raises:
          ValueError: if its template cannot be read.
          RuntimeError: without the ``prompts`` extra.
        """
        front = self.frontmatter
        output = front.output
        options: dict[str, Any] = {
            "model": front.model,
            "config": front.config,
            "tools": front.tools,
            "tool_choice": front.tool_choice,
            "return_tool_requests": front.return_tool_requests,
            "max_turns": front.max_turns,
            "use": front.use and [MiddlewareRef(each) if isinstance(each, str) else each for each in front.use],
            "output_format": output.format,
            "output_content_type": output.content_type,
            "output_instructions": output.instructions,
            "output_constrained": output.constrained,
        }
        return PromptDefinition(
            name=self.name,
            variant=self.variant,
            description=front.description or "",
            input=PromptInput(registry, _declared(front.input.schema), front.input.default),
            output=DeclaredSchema(registry, _declared(output.schema)),
            messages=templates_of(registry).compile(self.template, f"{self.where!r}"),
            options=shared_of(options),
            metadata={"metadata": front.metadata} if front.metadata else {},
            from_file=self._listed(),
        )

    @property
    def full_name(self) -> str:
        """The name of its actions."""
        return full_name_of(self.name, self.variant)

    def _listed(self) -> dict[str, JsonValue]:
        ext: dict[str, dict[str, JsonValue]] = {}
        for key, value in self.raw.items():
            namespace, dot, name = key.rpartition(".")
            if dot:
                ext.setdefault(namespace, {})[name] = value
        listed: dict[str, JsonValue] = {
            "template": self.template,
            "raw": dict(self.raw),
            "ext": {**ext},
            "toolDefs": [],
        }
        for key in ("description", "maxTurns", "returnToolRequests"):
            if key in self.raw:
                listed[key] = self.raw[key]
        return listed


def read_prompt(name: str, variant: str | None, source: str, where: str) -> PromptFile:
    """Read the text of a ``.prompt`` file.

    Args:
      name: the name of the prompt.
      variant: which one it is of several prompts with the same name.
      source: the text.
      where: the path of the file, for errors.

    Raises:
      ValueError: if the frontmatter is malformed.
      RuntimeError: without the ``prompts`` extra.
    """
    found, template = read_source(source, where)
    try:
        # YAML has dates, JSON has not.
        raw: Any = _ANYTHING.dump(found)
        frontmatter = codec_of(Frontmatter).load(raw)
    except InvalidValue as exc:
        raise ValueError(f"the frontmatter of {where!r} does not fit: {exc}") from exc
    return PromptFile(where=where, name=name, variant=variant, frontmatter=frontmatter, raw=raw, template=template)


def _declared(schema: JsonValue) -> Picoschema | None:
    return Picoschema(schema) if schema else None
