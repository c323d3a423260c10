"""The cases of ``/util/generate``: what goes in, what the model is asked and answers, what comes out, all as JSON."""

from collections.abc import Sequence
from typing import Any

import attrs

Json = Any


@attrs.frozen(kw_only=True)
class Case:
    """One case.

    Args:
      input: that of the action, without the model.
      answers: what the model answers, in order; one more is not asked for.
      chunks: what it streams before each answer.
      asked: the requests that it gets.
      sent: the chunks that the action sends.
      response: what comes out, or else
      error: the status that is raised.
    """

    input: Json
    answers: Sequence[Json] = ()
    chunks: Sequence[Sequence[Json]] = ()
    asked: Sequence[Json] = ()
    sent: Sequence[Json] = ()
    response: Json = None
    error: str | None = None


def user(text: str = "hi") -> Json:
    return {"role": "user", "content": [{"text": text}]}


def model(*parts: Json, **more: Json) -> Json:
    return {"role": "model", "content": [{"text": part} if isinstance(part, str) else part for part in parts], **more}


def tool(*parts: Json, **more: Json) -> Json:
    return {"role": "tool", "content": list(parts), **more}


def asks(name: str, ref: str | None = None, input: Json = None, **metadata: Json) -> Json:
    request = {"name": name, "input": {} if input is None else input} | ({} if ref is None else {"ref": ref})
    return {"toolRequest": request} | ({"metadata": metadata} if metadata else {})


def told(name: str, output: Json, ref: str | None = None, **metadata: Json) -> Json:
    response = {"name": name, "output": output} | ({} if ref is None else {"ref": ref})
    return {"toolResponse": response} | ({"metadata": metadata} if metadata else {})


def text(*words: str, **more: Json) -> list[Json]:
    return [{"content": [{"text": word}], **more} for word in words]


def sent(role: str, index: int, *parts: Json) -> Json:
    return {
        "role": role,
        "index": index,
        "content": [{"text": part} if isinstance(part, str) else part for part in parts],
    }


def asked(*messages: Json, **more: Json) -> Json:
    return {"messages": list(messages), "tools": [], "output": {}, **more}


def answered(message: Json, request: Json, **more: Json) -> Json:
    return {"message": message, "request": request, "usage": {}, "custom": {}, **more}


def failed(status: str, said: str, reason: str | None, request: Json, finish: str = "failed", **more: Json) -> Json:
    error = {"status": status, "message": said} | ({} if reason is None else {"details": {"reason": reason}})
    return {
        "finishReason": finish,
        "finishMessage": said,
        "error": error,
        "request": request,
        "usage": {},
        "custom": {},
        **more,
    }


FINAL: Json = {"finishReason": "stop", "message": model("final response")}
TEST_TOOL: Json = {"name": "testTool", "description": "description"}
DOUBLE: Json = {
    "name": "double",
    "description": "Double a number.",
    "inputSchema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
    "outputSchema": {"type": "integer"},
}
_ANY_OBJECT: Json = {"type": "object", "additionalProperties": True}
ASK: Json = {"name": "ask", "description": "Ask a human first.", "inputSchema": _ANY_OBJECT}
WAIT: Json = {
    "name": "wait",
    "description": "Ask a human, without a word.",
    "inputSchema": _ANY_OBJECT,
    "outputSchema": {"type": "string"},
}
SLOW: Json = {**WAIT, "name": "slow", "description": "Take a while."}
BROKEN: Json = {**WAIT, "name": "broken", "description": "Fail."}
SCREENSHOT: Json = {**WAIT, "name": "screenshot", "description": "Look."}
INTERRUPTED: Json = {
    "finishReason": "interrupted",
    "finishMessage": "One or more tool calls resulted in interrupts.",
}
