"""What a prompt is: templates, an input, and what it asks ``generate`` for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import attrs

from ..._core import Registry
from ..._wire import JsonValue
from ..generate.options import SharedOptions
from ..message import Message
from ..part import Content, Part, parts_of
from .dotprompt import RenderTemplate, Templates
from .schemas import DeclaredSchema, PromptInput, Schema

Parts: TypeAlias = RenderTemplate | Sequence[Part] | None
"""What one message is made of: a template, parts, or nothing."""
Messages: TypeAlias = RenderTemplate | Sequence[Message] | None

FOLDERS: Final = "promptFolder"
"""The kind of the registry's values that are folders of prompts: they hold partials for all templates."""
_TEMPLATES: Final = "promptTemplates"


class PromptOptions(SharedOptions, total=False):
    """The keyword arguments of ``define_prompt`` beside its name and its schemas; all may be left out.

    What is given as text is a template; parts and messages stay as they are.
    """

    variant: str
    """Which one it is of several prompts with the same name."""
    description: str
    """What listings show."""
    system: Content
    """What the model is told before everything else."""
    messages: str | Sequence[Message]
    """The conversation. A template changes who speaks with ``{{role "model"}}``."""
    prompt: Content
    """What the user asks, after the conversation."""
    input_default: Mapping[str, Any]
    """What stands where the input leaves something out."""
    metadata: Mapping[str, Any]
    """What else listings show, as JSON."""


@attrs.frozen(kw_only=True)
class PromptDefinition:
    """A prompt as it was declared, with its templates read."""

    name: str
    """Without the variant; empty for a prompt that is not registered."""
    variant: str | None = None
    description: str = ""
    input: PromptInput
    output: DeclaredSchema
    system: Parts = None
    messages: Messages = None
    prompt: Parts = None
    options: SharedOptions = attrs.field(factory=SharedOptions)
    """What is asked of ``generate`` beside the messages."""
    metadata: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    from_file: Mapping[str, JsonValue] = attrs.field(factory=dict[str, JsonValue])
    """What listings show of a prompt that was read from a file."""

    @property
    def full_name(self) -> str:
        """The name of its actions, with the variant."""
        return full_name_of(self.name, self.variant)


def full_name_of(name: str, variant: str | None) -> str:
    """Return the name of the actions of this *variant* of the prompt *name*."""
    return f"{name}.{variant}" if variant else name


def templates_of(registry: Registry) -> Templates:
    """Return what compiles the templates of *registry*; it is made when it is first asked for.

    Raises:
      RuntimeError: without the ``prompts`` extra.
    """
    found: Templates | None = registry.values(_TEMPLATES).get("")
    if found is None:
        found = Templates()
        registry.set_value(_TEMPLATES, "", found)
    return found


def define(
    registry: Registry, name: str, input_schema: Schema, output_schema: Schema, options: PromptOptions
) -> PromptDefinition:
    """Make a prompt of what a program says of it.

    Raises:
      TypeError: for an option that does not exist.
      ValueError: if a template cannot be read.
      RuntimeError: for a template, without the ``prompts`` extra.
    """
    unknown = options.keys() - PromptOptions.__annotations__.keys()
    if unknown:
        raise TypeError(f"prompt {name!r} has no option {min(unknown)!r}; there are {', '.join(_OPTIONS)}")
    owner = f"prompt {full_name_of(name, options.get('variant'))!r}"
    messages = options.get("messages")
    return PromptDefinition(
        name=name,
        variant=options.get("variant") or None,
        description=options.get("description") or "",
        input=PromptInput(registry, input_schema, options.get("input_default") or {}),
        output=DeclaredSchema(registry, output_schema),
        system=_parts(registry, options.get("system"), owner),
        messages=templates_of(registry).compile(messages, owner) if isinstance(messages, str) else messages,
        prompt=_parts(registry, options.get("prompt"), owner),
        options=shared_of(options),
        metadata=dict(options.get("metadata") or {}),
    )


def shared_of(options: Mapping[str, Any]) -> SharedOptions:
    """Return those of *options* that every call of ``generate`` takes; what is None is not given."""
    names = SharedOptions.__annotations__
    shared: Any = {name: value for name, value in options.items() if name in names and value is not None}
    given: SharedOptions = shared
    return given


def _parts(registry: Registry, content: Content | None, owner: str) -> Parts:
    if isinstance(content, str):
        return templates_of(registry).compile(content, owner)
    return None if content is None else parts_of(content)


_OPTIONS: Final = tuple(PromptOptions.__annotations__)
