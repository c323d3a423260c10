"""What is done to a request for a model that cannot do all of it by itself.

The response shows the request as it was before: history that is sent again must not hold documents twice.
"""

from collections.abc import Sequence
from typing import Final

import attrs

from ..._wire import dumps
from ..document import Document
from ..format.instructions import with_instructions
from ..message import Message, Role
from ..model_info import Constrained, ModelInfo
from ..part import Part
from ..request import ModelRequest, OutputConfig

PREFACE: Final = "\n\nUse the following information to complete your task:\n\n"
_CONTEXT: Final = "context"


def request_for(info: ModelInfo | None, request: ModelRequest) -> ModelRequest:
    """Return *request* as a model with this *info* can be asked.

    Documents become text, unless the model says that it takes them. A schema becomes instructions, if the model says
    what it can do and constrained output is not among it. The lists are new ones: a model may change its request.
    """
    request = attrs.evolve(request, messages=[*request.messages], tools=[*(request.tools or ())])
    supports = None if info is None else info.supports
    if request.docs and not (supports and supports.context):
        request = attrs.evolve(request, messages=with_documents(request.messages, request.docs))
    output = request.output
    if output is None or not output.constrained or output.schema is None or supports is None:
        return request
    if supports.constrained == Constrained.ALL or (supports.constrained == Constrained.NO_TOOLS and not request.tools):
        return request
    return _instructed(request, output)


def with_documents(messages: Sequence[Message], docs: Sequence[Document]) -> list[Message]:
    """Return *messages* with the text of *docs* in the last one of the user.

    It is put in the place of a pending part for it, else at the end; where there is such a part already, or no message
    of the user, nothing is done.
    """
    last = next((index for index in reversed(range(len(messages))) if messages[index].role is Role.USER), None)
    if last is None:
        return list(messages)
    content = list(messages[last].content)
    place = next((index for index, part in enumerate(content) if _purpose_of(part) == _CONTEXT), None)
    rendered = PREFACE + "".join(_line_of(doc, index) for index, doc in enumerate(docs)) + "\n"
    part = Part(rendered, metadata={"purpose": _CONTEXT})
    if place is None:
        content.append(part)
    elif (content[place].metadata or {}).get("pending"):
        content[place] = part
    else:
        return list(messages)
    return [*messages[:last], attrs.evolve(messages[last], content=content), *messages[last + 1 :]]


def _instructed(request: ModelRequest, output: OutputConfig) -> ModelRequest:
    schema = dumps(dict(output.schema or {})).decode()
    text = f"Output should be in JSON format and conform to the following schema:\n\n```\n{schema}\n```\n"
    return attrs.evolve(
        request, messages=with_instructions(request.messages, text), output=OutputConfig(constrained=False)
    )


def _line_of(doc: Document, index: int) -> str:
    metadata = doc.metadata or {}
    return f"- [{metadata.get('ref') or metadata.get('id') or index}]: {doc.text}\n"


def _purpose_of(part: Part) -> object:
    return (part.metadata or {}).get("purpose")
