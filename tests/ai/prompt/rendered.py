"""Rendering one template, without a prompt around it."""

from genkit_trio._ai import Message
from genkit_trio._ai.prompt.dotprompt import Templates
from genkit_trio._ai.prompt.marks import Marks, messages_of


def messages_in(source: str, values=None, data=None, *, templates: Templates | None = None) -> list[Message]:
    """Render *source* to messages."""
    marks = Marks()
    template = (templates or Templates()).compile(source, "a test")
    return messages_of(marks.cut(template(values or {}, data or {}, marks)), ())


def text_of(source: str, values=None, data=None, *, templates: Templates | None = None) -> str:
    """Render *source* to the text of its only message; empty when there is none."""
    return "".join(message.text for message in messages_in(source, values, data, templates=templates))
