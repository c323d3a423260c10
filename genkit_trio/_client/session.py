"""One connection to a tools server: requests come in, runs and their chunks go out.

The reader is the session's own task and waits for nothing but messages, so a cancellation arrives while a run is
busy. One task writes. Each request has a task that answers it; the runs themselves live in the runtime's nursery, so
that a thread which will not stop does not keep a lost connection from being made anew.
"""

import logging
from collections.abc import Mapping
from functools import partial
from typing import Final, Protocol

import trio

from .._core import error_of_cause, open_nursery
from .._runtime import EdgeRun, Reflection, Runtime, describe_failure, input_of
from .._tracing import Cause
from .._wire import (
    ACTION_FAILED,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    Absent,
    InvalidMessage,
    JsonValue,
    MessageId,
    PublicError,
    RpcNotification,
    RpcRequest,
    RpcResult,
    Status,
    dumps,
    failure_text,
    notification_text,
    object_of,
    parse_message,
    parse_run_action,
    quoted,
    request_text,
    result_object,
    result_text,
    text_of,
)
from .turns import InputTurns

logger = logging.getLogger("genkit_trio")

_CODES: Final = {
    Status.UNIMPLEMENTED: METHOD_NOT_FOUND,
    Status.INVALID_ARGUMENT: INVALID_PARAMS,
    Status.NOT_FOUND: INVALID_PARAMS,
    Status.FAILED_PRECONDITION: INVALID_PARAMS,
}
"""How a request that was not met is numbered; a run that failed is always `ACTION_FAILED`."""


class Disconnected(Exception):  # not an error of anybody here
    """The connection could not be made, or is lost; says why."""


class Socket(Protocol):
    """Whole messages in and out. Both raise `Disconnected`."""

    async def receive(self) -> bytes:
        """Wait for a message and return it."""
        ...

    async def send(self, text: bytes) -> None:
        """Send a message."""


class Session:
    """The life of one connection.

    Args:
      reflection: what there is.
      runtime: where runs live.
      socket: the connection.
    """

    def __init__(self, reflection: Reflection, runtime: Runtime, socket: Socket) -> None:
        self._reflection: Final = reflection
        self._runtime: Final = runtime
        self._socket: Final = socket
        # No buffer: a run whose chunks are not read waits, as it would for any other reader.
        self._to_write, self._written = trio.open_memory_channel[list[bytes]](0)
        self._runs: Final[set[EdgeRun]] = set()
        self._turns: Final[dict[str, InputTurns]] = {}

    async def run(self, registration: bytes) -> None:
        """Register, and answer until the connection is lost. Runs whose tool has gone are cancelled, or left.

        Args:
          registration: the parameters of ``register``, as JSON.

        Raises:
          Disconnected: always, in the end; in a group where the reader and the writer find out at once.
        """
        try:
            async with open_nursery() as nursery:
                nursery.start_soon(self._write)
                nursery.start_soon(self._send, [request_text("1", "register", registration)])
                while True:
                    self._take(await self._socket.receive(), nursery)
        finally:
            for run in self._runs:
                _lose(run)

    def _take(self, text: bytes, nursery: trio.Nursery) -> None:
        try:
            message = parse_message(text)
        except InvalidMessage as exc:
            logger.warning("a tools server sent what is no message: %s", exc)
            if exc.id is not None:
                answer = failure_text(exc.id, exc.code, str(exc), b"{}")
                nursery.start_soon(self._send, [answer])
            return
        match message:
            case RpcRequest(message_id, "runAction", params):
                # Its first turns may come before the action is found.
                turns = self._turns[str(message_id)] = InputTurns()
                nursery.start_soon(self._run_action, message_id, params, turns, name=f"reflection {message_id}")
            case RpcRequest():
                nursery.start_soon(self._answer, message)
            case RpcNotification():
                self._note(message)
            case RpcResult():
                self._note(RpcNotification("configure", message.result))
            case _:
                logger.warning("a tools server refused the registration: %s", quoted(message.message))

    def _note(self, message: RpcNotification) -> None:
        try:
            match message.method:
                case "configure":
                    self._reflection.configure(message.params)
                case "sendInputStreamChunk":
                    said = object_of(message.params)
                    self._turns_of(said).put(said.get("chunk"))
                case "endInputStream":
                    self._turns_of(object_of(message.params)).end()
                case _:
                    return
        except PublicError as exc:
            logger.warning("a tools server sent what does not fit %s: %s", message.method, exc)

    def _turns_of(self, said: Mapping[str, JsonValue]) -> InputTurns:
        # A run that has ended wants no more of them.
        return self._turns.get(text_of(said, "requestId"), InputTurns())

    async def _answer(self, request: RpcRequest) -> None:
        try:
            answer = result_text(request.id, await self._result_of(request))
        except Exception as exc:
            answer = _refusal_of(request.id, exc)
        await self._send([answer])

    async def _result_of(self, request: RpcRequest) -> bytes:
        match request.method:
            case "listActions":
                return b'{"actions":%b}' % await self._reflection.actions()
            case "listValues":
                return b'{"values":%b}' % self._reflection.values(text_of(object_of(request.params), "type"))
            case "cancelAction":
                self._reflection.cancel(request.params)
                return b'{"message":"Action cancelled"}'
            case _:
                raise PublicError(Status.UNIMPLEMENTED, f"there is no method {quoted(request.method)}")

    async def _run_action(self, message_id: MessageId, params: JsonValue | Absent, turns: InputTurns) -> None:
        try:
            request = parse_run_action(params)
            asked = object_of(params)
            frame = partial(_chunk_text, dumps(str(message_id)))
            run = await self._reflection.open_run(request, streaming=asked.get("stream") is True, frame=frame)
        except Exception as exc:
            answer = _refusal_of(message_id, exc)
        else:
            answer = await self._follow(
                message_id, run, request.input if asked.get("streamInput") is not True else turns
            )
        self._turns.pop(str(message_id), None)
        await self._send([answer])

    async def _follow(self, message_id: MessageId, run: EdgeRun, input: JsonValue | Absent | InputTurns) -> bytes:
        """Run, send what comes, and return the response."""
        state = b'{"requestId":%b,"state":{"traceId":%b}}' % (dumps(str(message_id)), dumps(run.run.trace_id))
        await self._send([notification_text("runActionState", state)])
        try:
            value = input_of(run, await input.first() if isinstance(input, InputTurns) else input)
            if self._runtime.is_draining:
                # It has begun to end since the run was opened, and its nursery may be closed by now.
                raise error_of_cause(Cause.DRAIN, run.run.key)
        except PublicError as exc:
            return _failure_of(message_id, exc, run)
        self._runs.add(run)
        self._runtime.start_soon(run.execute, value, self._runtime, name=run.run.key)
        await self._send_frames(run)
        await self._reflection.flush(run)
        self._runs.discard(run)
        outcome = run.outcome()
        if isinstance(outcome, bytes):
            return result_text(message_id, result_object(outcome, run.run.trace_id))
        return _failure_of(message_id, outcome, run)

    async def _send_frames(self, run: EdgeRun) -> None:
        unsent: list[bytes] = []
        with trio.CancelScope(deadline=run.deadline):
            while not run.is_decided:
                unsent += await run.frames.receive_all()
                if unsent:
                    await self._send(unsent)
                    unsent = []
        # What the deadline cut short, and what was sent before the end.
        unsent += run.frames.take_all()
        if unsent:
            await self._send(unsent)

    async def _send(self, texts: list[bytes]) -> None:
        await self._to_write.send(texts)

    async def _write(self) -> None:
        async for texts in self._written:
            for text in texts:
                await self._socket.send(text)


def _lose(run: EdgeRun) -> None:
    if run.is_detached:
        run.abandon()
    else:
        run.scope.cancel(Cause.CLIENT_DISCONNECT)


def _chunk_text(request_id: bytes, chunk: bytes) -> bytes:
    return notification_text("streamChunk", b'{"requestId":%b,"chunk":%b}' % (request_id, chunk))


def _refusal_of(message_id: MessageId, error: Exception) -> bytes:
    """Give the response to a request that could not be met."""
    described = describe_failure(error, None)
    code = _CODES.get(described.failure.status, ACTION_FAILED)
    return failure_text(message_id, code, described.failure.message, described.status)


def _failure_of(message_id: MessageId, error: BaseException, run: EdgeRun) -> bytes:
    """Give the response for a run that failed."""
    described = describe_failure(error, run)
    return failure_text(message_id, ACTION_FAILED, described.failure.message, described.status)
