"""Answers that are put aside: a generation was interrupted by one tool, and the others of its turn have finished.

They are kept in the metadata of their requests, so that whoever keeps the conversation keeps them too.
"""

from typing import Any, Final

import attrs

from ..._wire import Codec, InvalidValue, PublicError, Status, codec_of
from ..part import Part, ToolResponse
from ..value import is_mapping

_PARTS: Final[Codec[list[Part]]] = codec_of(list[Part])


def with_pending(request: Part, answer: Part) -> Part:
    """Return *request* with its *answer* in its metadata."""
    metadata: dict[str, Any] = {**(request.metadata or {})}
    response = answer.tool_response
    metadata["pendingOutput"] = None if response is None else response.output
    if response is not None and response.content:
        metadata["pendingContent"] = _PARTS.dump(response.content)
    if answer.metadata:
        metadata["pendingMetadata"] = dict(answer.metadata)
    return attrs.evolve(request, metadata=metadata)


def take_pending(request: Part) -> tuple[Part, Part] | None:
    """Return *request* without the answer in its metadata, and that answer; `None` if there is none.

    Raises:
      PublicError: ``INVALID_ARGUMENT``, if what is there cannot be one.
    """
    asked = request.tool_request
    if asked is None or request.metadata is None or "pendingOutput" not in request.metadata:
        return None
    metadata = dict(request.metadata)
    output = metadata.pop("pendingOutput")
    content = metadata.pop("pendingContent", None)
    kept: object = metadata.pop("pendingMetadata", {})
    if not is_mapping(kept):
        raise PublicError(Status.INVALID_ARGUMENT, f"pendingMetadata of tool {asked.name!r} is not an object")
    try:
        parts = None if content is None else _PARTS.load(content)
    except InvalidValue as exc:
        message = f"pendingContent of tool {asked.name!r} is no list of parts: {exc}"
        raise PublicError(Status.INVALID_ARGUMENT, message) from exc
    response = ToolResponse(name=asked.name, ref=asked.ref, output=output, content=parts)
    answer = Part(tool_response=response, metadata={**kept, "source": "pending"})
    return attrs.evolve(request, metadata=metadata or None), answer
