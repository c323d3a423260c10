"""Going on with a generation that tools have interrupted.

The conversation ends with the model's message. Each of its tool requests is settled: by the answer that was put aside
when the generation was interrupted, by one that the caller gives, or by running the tool again.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import attrs

from ..._wire import PublicError, Status
from ..action_options import GenerateActionOptions, Resume
from ..message import Message, Role
from ..part import Part, ToolRequest, ToolResponse
from .pending import take_pending
from .toolcalls import ToolCaller, all_of

_INVALID_RESUME: Final = "INVALID_RESUME"


async def resume(options: GenerateActionOptions, how: Resume, caller: ToolCaller) -> GenerateActionOptions:
    """Return *options* with the tool requests of the last message settled, and the answers as a further message.

    Nothing is run before it is clear that every request can be settled.

    Raises:
      PublicError: ``FAILED_PRECONDITION``, if the last message is none that can be resumed, or a tool interrupts
        again; ``INVALID_ARGUMENT``, if a request is left over; ``NOT_FOUND``, if a tool is gone.
    """
    last = _interrupted_message(options.messages)
    settled = [_settle(part, part.tool_request, how) for part in last.content if part.tool_request is not None]
    answers = await _answers_of([answer for _, answer in settled], caller)
    requests = iter([request for request, _ in settled])
    content = [part if part.tool_request is None else next(requests) for part in last.content]
    told = Message(Role.TOOL, answers, metadata={"resumed": dict(how.metadata) if how.metadata else True})
    messages = [*options.messages[:-1], attrs.evolve(last, content=content), told]
    return attrs.evolve(options, messages=messages, resume=None)


def _interrupted_message(messages: Sequence[Message]) -> Message:
    last = messages[-1] if messages else None
    if last is None or last.role is not Role.MODEL or not last.tool_requests:
        raise PublicError(
            Status.FAILED_PRECONDITION,
            "the last message is not one of the model with a tool request, so there is nothing to resume; "
            "give the messages of the interrupted response",
            details={"reason": _INVALID_RESUME},
        )
    return last


def _settle(part: Part, asked: ToolRequest, how: Resume) -> tuple[Part, Part]:
    """Return the request as history keeps it, and its answer; or instead of that the request to run again."""
    pending = take_pending(part)
    if pending is not None:
        return pending
    key = _key_of(asked)
    given = next((each for each in how.respond or () if _key_of(each.tool_response) == key), None)
    if given is None:
        given = next((each for each in how.restart or () if _key_of(each.tool_request) == key), None)
    if given is None:
        raise PublicError(
            Status.INVALID_ARGUMENT,
            f"the tool request {_shown(asked)!r} is left unresolved by resume; "
            "give an answer or a restart for each interrupted tool request",
            details={"reason": "UNRESOLVED_TOOL_REQUEST"},
        )
    metadata = dict(part.metadata or {})
    if "interrupt" in metadata:
        metadata["resolvedInterrupt"] = metadata.pop("interrupt")
    return attrs.evolve(part, metadata=metadata or None), given


async def _answers_of(settled: Sequence[Part], caller: ToolCaller) -> list[Part]:
    restarts = [part for part in settled if part.tool_request is not None]
    for part in restarts:
        caller.find(part)
    done = await all_of([partial(caller.call, part) for part in restarts], caller.limit) if restarts else []
    again = [part.tool_request for part in done if part.tool_request is not None]
    if again:
        raise PublicError(
            Status.FAILED_PRECONDITION,
            f"the tool request {_shown(again[0])!r} was interrupted again when it was restarted; "
            "let it take the metadata of the restart for an answer",
            details={"reason": _INVALID_RESUME},
        )
    left = iter(done)
    return [part if part.tool_request is None else next(left) for part in settled]


def _key_of(call: ToolRequest | ToolResponse | None) -> tuple[str, str | None] | None:
    return None if call is None else (call.name, call.ref)


def _shown(request: ToolRequest) -> str:
    return request.name if request.ref is None else f"{request.name}#{request.ref}"
