"""From a prompt and its input to the options of ``generate``. Nothing here waits."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from ..._wire import Codec, InvalidValue, PublicError, Status, codec_of
from ..generate.options import GenerateOptions, PromptGenerateOptions
from ..message import Message, Role
from .definition import Parts, PromptDefinition
from .dotprompt import RenderTemplate
from .marks import Mark, Marks, Text, messages_of

_CONFIG: Final[Codec[object]] = codec_of(object)
_NAMES: Final = sorted({*PromptGenerateOptions.__annotations__})


def options_of(
    definition: PromptDefinition, given: object, overrides: PromptGenerateOptions, context: Mapping[str, Any]
) -> GenerateOptions:
    """Return what to ask ``generate`` for, for the input *given*.

    The order of the messages is: system, conversation, user. What the call says wins over what the prompt says;
    settings of both are merged, and documents of both are sent.

    Args:
      definition: the prompt.
      given: its input.
      overrides: what the call says.
      context: what templates see behind ``@``.

    Raises:
      TypeError: for an argument that does not exist.
      PublicError: ``INVALID_ARGUMENT``, if the input does not fit.
      Exception: what a helper raises, or the engine.
    """
    unknown = overrides.keys() - _NAMES
    if unknown:
        message = f"prompt {definition.full_name!r} takes no argument {min(unknown)!r}; it takes {', '.join(_NAMES)}"
        raise TypeError(message)
    said = {name: value for name, value in overrides.items() if value is not None}
    rendering = _Rendering(definition, _values_of(definition, given), context)
    try:
        messages = rendering.messages(overrides.get("messages") or ())
    except Exception as exc:
        exc.add_note(f"genkit prompt {definition.full_name!r}")
        raise
    options: Any = {**definition.options, **said, "messages": messages}
    config = _merged(definition.options.get("config"), overrides.get("config"))
    if config is not None:
        options["config"] = config
    docs = [*(definition.options.get("docs") or ()), *(overrides.get("docs") or ())]
    if docs:
        options["docs"] = docs
    rendered: GenerateOptions = options
    return rendered


@attrs.frozen
class _Rendering:
    """The rendering of one prompt's templates with the same values."""

    definition: PromptDefinition
    values: object
    context: Mapping[str, Any]

    def messages(self, history: Sequence[Message]) -> list[Message]:
        """Render everything; *history* is the conversation so far."""
        conversation = self.definition.messages
        return [
            *self._one(Role.SYSTEM, self.definition.system),
            *(
                messages_of(self._render(conversation), history)
                if callable(conversation)
                else (*(conversation or ()), *history)
            ),
            *self._one(Role.USER, self.definition.prompt),
        ]

    def _one(self, role: Role, parts: Parts) -> list[Message]:
        if parts is None:
            return []
        if not callable(parts):
            return [Message(role, parts)]
        messages = messages_of(self._render(parts), ())
        if len(messages) > 1:
            raise ValueError(
                f"the {role} template of prompt {self.definition.full_name!r} makes {len(messages)} messages, "
                "not one; put what changes who speaks into messages="
            )
        return [Message(role, message.content) for message in messages]

    def _render(self, template: RenderTemplate) -> Iterator[Text | Mark]:
        marks = Marks()
        # @root is the input, whatever the context holds.
        data = {name: value for name, value in self.context.items() if name != "root"}
        return marks.cut(template(self.values, data, marks))


def _values_of(definition: PromptDefinition, given: object) -> object:
    try:
        return definition.input.values_of(given)
    except InvalidValue as exc:
        raise PublicError(
            Status.INVALID_ARGUMENT, f"the input of prompt {definition.full_name!r} does not fit: {exc}"
        ) from exc


def _merged(declared: object, said: object) -> object:
    """Merge the settings of a prompt and of a call; those of a call win."""
    if declared is None or said is None:
        return declared if said is None else said
    below, above = _CONFIG.dump(declared), _CONFIG.dump(said)
    return {**below, **above} if isinstance(below, dict) and isinstance(above, dict) else said
