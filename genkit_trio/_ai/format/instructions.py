"""What a model request says about the form of the answer."""

from collections.abc import Sequence
from typing import Final

import attrs

from ..action_options import GenerateOutput
from ..message import Message, Role
from ..part import Part
from ..request import OutputConfig
from .definition import Format, Schema

_PURPOSE: Final = "output"


def output_config_of(format: Format, output: GenerateOutput) -> OutputConfig:  # noqa: A002  # Genkit's word for it
    """Return what the model is told: what the format says, unless *output* says something else."""
    return OutputConfig(
        format=output.format or format.name,
        schema=output.json_schema,
        constrained=format.constrained if output.constrained is None else output.constrained,
        content_type=format.content_type if output.content_type is None else output.content_type,
    )


def instructions_to_send(format: Format, schema: Schema | None, wanted: bool | str | None) -> str | None:  # noqa: A002, FBT001  # as on the wire
    """Return the instructions for the model, or None.

    Args:
      wanted: the text itself; True for the format's own, False for none, None for what the format does by default.
    """
    if isinstance(wanted, str):
        return wanted or None
    if format.default_instructions if wanted is None else wanted:
        return format.instructions_of(schema)
    return None


def with_instructions(messages: Sequence[Message], text: str) -> list[Message]:
    """Return *messages* with instructions about the output in them.

    They take the place of a part that is marked as pending for them, else they come at the end of the system message,
    else of the last message of the user. Where there are such instructions already, nothing is done.
    """
    if any(_is_instruction(part) and not _is_pending(part) for message in messages for part in message.content):
        return list(messages)
    index = _place_in(messages)
    if index is None:
        return list(messages)
    message = messages[index]
    part = Part.from_text(text, metadata={"purpose": _PURPOSE})
    place = next((at for at, each in enumerate(message.content) if _is_instruction(each)), len(message.content))
    content = [*message.content[:place], part, *message.content[place + 1 :]]
    return [*messages[:index], attrs.evolve(message, content=content), *messages[index + 1 :]]


def _place_in(messages: Sequence[Message]) -> int | None:
    numbered = list(enumerate(messages))
    pending = (index for index, message in numbered if any(map(_is_instruction, message.content)))
    system = (index for index, message in numbered if message.role is Role.SYSTEM)
    user = (index for index, message in reversed(numbered) if message.role is Role.USER)
    return next((index for found in (pending, system, user) for index in found), None)


def _is_instruction(part: Part) -> bool:
    return part.metadata is not None and part.metadata.get("purpose") == _PURPOSE


def _is_pending(part: Part) -> bool:
    return part.metadata is not None and bool(part.metadata.get("pending"))
