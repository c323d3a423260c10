"""Interrupts: a tool that cannot go on without a human, and how it goes on after all."""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from .._wire import ABSENT, Absent, JsonValue, PublicError, Status
from .part import Part, ToolRequest, ToolResponse


class Interrupt(Exception):
    """A tool stops its run to ask a human; raise it from the tool.

    ``generate`` then returns with ``finish_reason`` ``interrupted``. The request is among its ``interrupts``, with
    *metadata*; answer it with `respond_to_interrupt`, or run it again with `restart_tool`.

    Args:
      metadata: what the human is told, as JSON.
    """

    def __init__(self, metadata: Mapping[str, JsonValue] | None = None) -> None:
        super().__init__(metadata)
        self.metadata: Final[Mapping[str, JsonValue]] = {} if metadata is None else metadata

    def __str__(self) -> str:
        return "the tool waits for an answer; give it to generate, as resume_respond= or resume_restart="


def respond_to_interrupt(
    response: JsonValue, *, interrupt: Part, metadata: Mapping[str, JsonValue] | None = None
) -> Part:
    """Answer an interrupted request in the tool's place: the part is for ``resume_respond=``.

    Args:
      response: what the tool would have returned, as JSON.
      interrupt: the interrupted request.
      metadata: what is kept beside the answer.

    Raises:
      PublicError: ``INVALID_ARGUMENT``, if *interrupt* is no tool request.
    """
    request = _request_of(interrupt)
    answer: JsonValue = True if metadata is None else dict(metadata)
    return Part(
        tool_response=ToolResponse(name=request.name, ref=request.ref, output=response),
        metadata={"interruptResponse": answer},
    )


def restart_tool(
    *, interrupt: Part, replace_input: Any = ABSENT, resumed_metadata: Mapping[str, JsonValue] | None = None
) -> Part:
    """Run an interrupted tool again: the part is for ``resume_restart=``.

    Args:
      interrupt: the interrupted request.
      replace_input: another input than the model's, as JSON; the tool sees that one as
        `ToolRunContext.original_input`.
      resumed_metadata: what the tool is told, as `ToolRunContext.resumed_metadata`.

    Raises:
      PublicError: ``INVALID_ARGUMENT``, if *interrupt* is no tool request.
    """
    request = _request_of(interrupt)
    metadata: dict[str, JsonValue] = {
        **(interrupt.metadata or {}),
        "resumed": True if resumed_metadata is None else dict(resumed_metadata),
    }
    if not isinstance(replace_input, Absent):
        metadata["replacedInput"] = request.input
        request = attrs.evolve(request, input=replace_input)
    return Part(tool_request=request, metadata=metadata)


def _request_of(interrupt: Part) -> ToolRequest:
    if interrupt.tool_request is None:
        raise PublicError(
            Status.INVALID_ARGUMENT,
            f"the interrupt is a {interrupt.kind} part, not a tool request; take it from response.interrupts",
        )
    return interrupt.tool_request
