"""A run that an edge has started, as its writer sees it: frames that are ready, and an end.

The end is decided by whatever comes first: the run ends, somebody cancels it, its deadline passes, the client goes.
The writer does not wait for a run that was cancelled: a worker thread that will not stop must not keep a client (C19).

What an edge speaks (server-sent events, newline-delimited JSON, JSON-RPC) is not known here: it frames the payloads.
"""

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import trio

from .._core import AnyAction, Context, Run, RunScope, error_of_cause, holds_cancelled
from .._tracing import Cause, RemoteSpan, State
from .._wire import MESSAGE_OF_INT, Absent, dumps, message_frame
from .outflow import Outflow
from .runtime import Runtime

_SHORT: Final = 2**63
"""Below it, a whole number is written as it is."""

logger = logging.getLogger("genkit_trio")


class EdgeRun:
    """One run of *action* for one request.

    Args:
      action: what runs.
      deadline: the point in time, of trio's clock, by which the client is answered.
      streaming: whether the client receives the chunks.
      context: who is calling.
      init: the init value of the request.
      frame: makes of a chunk, already JSON, what the edge sends.
      parent: the caller's span, in another process.
      lent: the scope that a server lends for the run, which executes in the task that it belongs to (see `RunScope`).
    """

    __slots__ = (
        "_error",
        "_payload",
        "action",
        "deadline",
        "frames",
        "is_abandoned",
        "run",
        "scope",
        "streaming",
    )

    def __init__(  # noqa: PLR0913  # what a request says of a run, all by name
        self,
        action: AnyAction,
        deadline: float,
        *,
        streaming: bool,
        context: Context | Absent,
        init: object,
        frame: Callable[[bytes], bytes],
        parent: RemoteSpan | None = None,
        lent: trio.CancelScope | None = None,
    ) -> None:
        self.action: Final = action
        self.streaming: Final = streaming
        self.scope: Final = RunScope(deadline, lent)
        self.deadline: Final = deadline
        # Not a method: a run that refers to itself is only freed by the next collection.
        framing = _framing_of(action, frame) if streaming else frame
        self.frames: Final[Outflow[Any, bytes]] = Outflow(action.options.chunk_buffer, framing)
        channel = self.frames if streaming else None
        self.run: Final[Run] = action.new_run(parent, scope=self.scope, context=context, init=init, channel=channel)
        self.is_abandoned = False
        """Whether the client of a detached run has gone: the run goes on, and nobody follows it."""
        self._payload: bytes | None = None
        self._error: BaseException | None = None
        self.scope.on_cancel = self.frames.wake

    @property
    def is_detached(self) -> bool:
        """Whether the run goes on without its client."""
        return self.action.options.on_disconnect == "detach"

    @property
    def is_decided(self) -> bool:
        """Whether there is an end to be told."""
        return self.frames.has_ended or self.scope.cancel_called or self.is_abandoned

    def outcome(self) -> bytes | BaseException:
        """Return the output as JSON, or the error that the client is told. For a run whose end is decided."""
        if self.is_abandoned and self.streaming:
            # What it has sent since then is lost, so its output would pretend to be the end of a whole stream.
            return error_of_cause(Cause.DRAIN, self.run.key)
        if self._payload is not None:
            return self._payload
        if self._error is not None:
            return self._error
        # Without a cause it was the deadline, or else the end of the server or of the runtime.
        untold = Cause.DEADLINE if self.scope.cancel_called else Cause.DRAIN
        return error_of_cause(self.scope.cause or untold, self.run.key)

    def abandon(self) -> None:
        """Stop following a detached run, unless it has ended: then what it has sent can still be told."""
        if self.frames.has_ended:
            return
        self.is_abandoned = True
        self.frames.leave()
        self.frames.wake()

    async def execute(self, value: object, runtime: Runtime | None) -> None:
        """Execute the run; its task, in the exchange's nursery or, detached, in the runtime's."""
        try:
            output = await self.action.execute(self.run, value)
            self._payload = dumps(self.action.dump_output(output))
        except Exception as exc:
            self._error = exc
            if self.is_decided and self.run.state is State.FAILED:
                logger.error("%s failed with nobody to tell, trace %s", self.run.key, self.run.trace_id, exc_info=exc)
        except BaseException as exc:  # noqa: ASYNC103  # Cancelled is raised on, the rest goes to the runtime
            if holds_cancelled(exc):
                raise
            # KeyboardInterrupt and its like end the program, by way of the runtime. The HTTP server would only die.
            self._error = exc
            _pass_on(exc, self.run, runtime)
        finally:
            self.frames.end()


def _framing(action: AnyAction, frame: Callable[[bytes], bytes]) -> Callable[[Any], bytes]:
    framing = _framing_of_any(action, frame)
    if frame is not message_frame or action.chunk_codec.tp is not int:
        return framing
    framed = MESSAGE_OF_INT
    return lambda chunk: framed % chunk if type(chunk) is int and -_SHORT < chunk < _SHORT else framing(chunk)


def _framing_of_any(action: AnyAction, frame: Callable[[bytes], bytes]) -> Callable[[Any], bytes]:
    dump = action.dump_chunk
    # These are JSON as they are, and most streams are of text.
    tp = action.chunk_codec.tp
    plain = tp if tp is int or tp is str else None

    def framed(chunk: Any) -> bytes:
        return frame(dumps(chunk if type(chunk) is plain else dump(chunk)))

    return framed


_lasting_framing: Final = lru_cache(maxsize=256)(_framing)


def _framing_of(action: AnyAction, frame: Callable[[bytes], bytes]) -> Callable[[Any], bytes]:
    # What is made for one request is not kept beyond it.
    return (_framing if getattr(frame, "__closure__", frame) is not None else _lasting_framing)(action, frame)


def _pass_on(exc: BaseException, run: Run, runtime: Runtime | None) -> None:
    if runtime is not None:
        runtime.fail(exc)
    else:
        logger.critical("%s raised what is not an Exception, trace %s", run.key, run.trace_id, exc_info=exc)
