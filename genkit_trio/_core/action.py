"""Actions: named, typed, traced functions with a kind.

An action is an async function to those who call it. Calling it runs its function in the caller's own task: no
nursery, no further task, and no cancel scope unless a ``timeout=`` was declared, so its errors, deadlines and
cancellation are those of any other ``await``.
"""

import math
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, overload

import attrs
import trio

from .._tracing import Cause, Span, current_span
from .._wire import (
    ABSENT,
    Absent,
    ActionKey,
    Codec,
    GenkitError,
    InvalidValue,
    JsonValue,
    PublicError,
    Status,
    codec_of,
)
from .body import Around, Body, body_of
from .cancelled import effective_deadline, is_cancelled
from .channel import ChunkChannel
from .errors import without_cancelled
from .options import ActionOptions, Options, check_options
from .recording import record_output, record_start
from .run import Context, Run
from .scope import RunScope, error_of_cause
from .signature import Signature, description_of, read_signature
from .stream import ActionStream, open_stream

InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")
ChunkT = TypeVar("ChunkT")


@attrs.frozen
class ActionResponse(Generic[OutputT]):
    """What `Action.run` returns: the output, and where to find the run in the trace."""

    output: OutputT
    trace_id: str
    span_id: str


class Action(Generic[InputT, OutputT, ChunkT]):
    """A named, typed, traced function with a kind.

    ``Chunk`` is `typing.Never` for an action that sends none. Actions are made by decorators such as ``@ai.flow``.

    Args:
      kind: what sort of action it is: ``"flow"``, ``"tool"``, …
      name: its name, unique within its kind.
      fn: the function.
      options: what was declared beside it.
      signature: what the types of input, output and chunks are; by default what is read from the function.
      around: what this kind of action does around each call of the function.

    Raises:
      TypeError: if the function cannot be an action.
      ValueError: if an option has a value that cannot work.
    """

    def __init__(  # noqa: PLR0913  # what decorators say, and what kinds of action add to it
        self,
        kind: str,
        name: str,
        fn: Callable[..., Any],
        options: ActionOptions,
        *,
        signature: Signature | None = None,
        around: Around | None = None,
    ) -> None:
        self.key: Final = ActionKey(kind, name)
        self.fn: Final = fn
        """The function itself, as it was given."""
        self.options: Final[Options] = check_options(str(self.key), options)
        self._is_timed: Final = self.options.timeout != math.inf
        self._signature: Final[Signature] = read_signature(fn, name) if signature is None else signature
        self.description: Final = options.get("description") or description_of(fn)
        self._body: Final[Body] = body_of(str(self.key), fn, self._signature, self.options, around)
        self.input_codec: Final[Codec[InputT]] = codec_of(self._signature.input_type)
        self.output_codec: Final[Codec[OutputT]] = codec_of(self._signature.output_type)
        self.chunk_codec: Final[Codec[ChunkT]] = codec_of(self._signature.chunk_type)
        # trio names tasks after these.
        self.__name__ = name
        self.__qualname__ = getattr(fn, "__qualname__", name)
        self.__module__ = getattr(fn, "__module__", __name__)
        self.__doc__ = getattr(fn, "__doc__", None)

    def __repr__(self) -> str:
        return f"<action {self.key}>"

    @property
    def kind(self) -> str:
        """What sort of action it is."""
        return self.key.kind

    @property
    def name(self) -> str:
        """Its name."""
        return self.key.name

    @overload
    async def __call__(
        self: "Action[None, OutputT, ChunkT]", /, *, context: Context | Absent = ABSENT, init: object = None
    ) -> OutputT: ...
    @overload
    async def __call__(
        self, input: InputT, /, *, context: Context | Absent = ABSENT, init: object = None
    ) -> OutputT: ...
    async def __call__(self, input: Any = ABSENT, /, *, context: Context | Absent = ABSENT, init: object = None) -> Any:
        """Run the action in this task and return its output.

        When the caller is cancelled already, or its deadline has passed, the function never starts. Once the function
        has returned, its value is returned: there is no cancel point after it. A loop over actions that never wait
        needs a `trio.lowlevel.checkpoint` of its own.

        Args:
          input: the input; left out, the function's default.
          context: who is calling; given, it replaces what is inherited from the current run.
          init: the init value, for ``ctx.init``.

        Raises:
          DeadlineExceeded: if the action's own ``timeout=`` expires.
          Exception: whatever the function raises, the same object.
        """
        scope = RunScope() if self._is_timed else None
        return await self.execute(Run(self.key, current_span.get(), scope, context, init, None), input)

    @overload
    async def run(
        self: "Action[None, OutputT, ChunkT]", /, *, context: Context | Absent = ABSENT, init: object = None
    ) -> ActionResponse[OutputT]: ...
    @overload
    async def run(
        self, input: InputT, /, *, context: Context | Absent = ABSENT, init: object = None
    ) -> ActionResponse[OutputT]: ...
    async def run(
        self, input: Any = ABSENT, /, *, context: Context | Absent = ABSENT, init: object = None
    ) -> ActionResponse[Any]:
        """Run the action as a call does, and return its output together with the ids of its trace and span."""
        scope = RunScope() if self._is_timed else None
        run = Run(self.key, current_span.get(), scope, context, init, None)
        output = await self.execute(run, input)
        return ActionResponse(output, run.trace_id, run.span_id)

    @overload
    def stream(
        self: "Action[None, OutputT, ChunkT]", /, *, context: Context | Absent = ABSENT, init: object = None
    ) -> AbstractAsyncContextManager[ActionStream[OutputT, ChunkT]]: ...
    @overload
    def stream(
        self, input: InputT, /, *, context: Context | Absent = ABSENT, init: object = None
    ) -> AbstractAsyncContextManager[ActionStream[OutputT, ChunkT]]: ...
    def stream(
        self, input: Any = ABSENT, /, *, context: Context | Absent = ABSENT, init: object = None
    ) -> AbstractAsyncContextManager[ActionStream[Any, Any]]:
        """Run the action in a task of its own and receive its chunks.

        Use it as ``async with action.stream(x) as stream:``. The run has the deadline, the context and the context
        variables in force there. Leaving the block early cancels the run and waits for its cleanup.
        """
        return open_stream(self, input, context=context, init=init)

    def new_run(
        self,
        parent: Span | None,
        *,
        scope: RunScope | None,
        context: Context | Absent = ABSENT,
        init: object = None,
        channel: ChunkChannel[Any, Any] | None = None,
    ) -> Run:
        """Return a run that has not begun, for an opener that owns its scope or its channel: an edge, a stream."""
        return Run(self.key, parent, scope, context, init, channel)

    async def execute(self, run: Run, input: Any = ABSENT) -> OutputT:
        """Execute *run*, a run of this action that has not begun, in this task.

        Its own scope, if it has one, is entered here; what it was cancelled for becomes the error that is raised.
        """
        deadline = effective_deadline()
        if deadline != math.inf and deadline <= trio.current_time():
            await trio.lowlevel.checkpoint()
        value = input if input is not ABSENT and self._signature.has_input else self._input_of(input)
        previous = current_span.get()
        scope = run.scope
        if scope is not None:
            if self._is_timed:
                scope.tighten(trio.current_time() + self.options.timeout)
            if self._is_timed or not scope.is_lent:  # one that is lent was entered before
                deadline = min(deadline, scope.cancel_scope.deadline)
        run.begin(deadline)
        current_span.set(run)
        recorder = run.recorder
        try:
            if recorder is not None:
                record_start(recorder, run, self.input_codec, value)
            if scope is None:
                output: OutputT = await self._body(run, value)
            else:
                output = await (self._in_lent_scope if scope.is_lent else self._in_scope)(run, scope, value)
        except BaseException as exc:
            run.end_with_error(exc)
            raise
        else:
            if recorder is not None:
                record_output(run, self.output_codec, output)
            run.end_with_value()
            return output
        finally:
            run.leave()
            current_span.set(previous)

    async def _in_scope(self, run: Run, scope: RunScope, value: object) -> Any:
        with scope.cancel_scope:
            if is_cancelled():
                # Cancelled before it began: the function never starts.
                await trio.lowlevel.checkpoint()
            return await self._body(run, value)
        # Only a cancellation of the run's own scope comes here. If a scope around it is cancelled by now, that one
        # owns the failure, also when trio has not yet looked at its deadline.
        if effective_deadline() <= trio.current_time():
            await trio.lowlevel.checkpoint()
        run.is_stopped = True
        raise error_of_cause(scope.cause or Cause.DEADLINE, run.key)

    async def _in_lent_scope(self, run: Run, scope: RunScope, value: object) -> Any:
        lent = scope.cancel_scope
        lent.shield = True
        try:
            return await self._body(run, value)
        except BaseException as exc:  # noqa: ASYNC103  # raised below, but for what leaving the scope would take out
            if not lent.cancel_called:
                raise
            error = without_cancelled(exc)
        finally:
            lent.shield = False
            scope.is_over = True
        if error is not None:
            raise error
        run.is_stopped = True
        raise error_of_cause(scope.cause or Cause.DEADLINE, run.key)

    def _input_of(self, given: Any) -> Any:
        if given is ABSENT:
            if self._signature.default is ABSENT:
                raise TypeError(f"{self.key} needs an input: await {self.name}(…)")
            return self._signature.default
        if given is not None:
            raise TypeError(f"{self.key} takes no input, but was given one of type {type(given).__name__!r}")
        return None

    def load_input(self, data: JsonValue | Absent) -> Any:
        """Return the input that *data*, the JSON value of a request, stands for.

        Raises:
          PublicError: ``INVALID_ARGUMENT``, with the path of everything that does not fit.
        """
        try:
            if not self._signature.has_input:
                return self._load_nothing(data)
            if data is ABSENT:
                return self._load_absent()
            return self.input_codec.load(data)
        except InvalidValue as exc:
            raise PublicError(Status.INVALID_ARGUMENT, str(exc)) from exc

    def dump_output(self, output: OutputT) -> JsonValue:
        """Return *output* as a JSON value.

        Raises:
          GenkitError: ``INTERNAL``, if it does not fit the declared type.
        """
        try:
            return self.output_codec.dump(output)
        except InvalidValue as exc:
            raise GenkitError(Status.INTERNAL, f"the output of {self.key} does not fit its type: {exc}") from exc

    def dump_chunk(self, chunk: ChunkT) -> JsonValue:
        """Return *chunk* as a JSON value.

        Raises:
          GenkitError: ``INTERNAL``, if it does not fit the declared type.
        """
        try:
            return self.chunk_codec.dump(chunk)
        except InvalidValue as exc:
            raise GenkitError(Status.INTERNAL, f"a chunk of {self.key} does not fit its type: {exc}") from exc

    def describe(self) -> dict[str, JsonValue]:
        """Return the action as listings show it, in Genkit's names; what is absent is left out, never null."""
        described: dict[str, JsonValue] = {"key": str(self.key), "name": self.name}
        if self.description:
            described["description"] = self.description
        if self.options.metadata:
            described["metadata"] = dict(self.options.metadata)
        for name, codec in (("inputSchema", self.input_codec), ("outputSchema", self.output_codec)):
            # A type that has no JSON is for calls in this process; the action is listed all the same.
            with suppress(TypeError):
                described[name] = codec.schema()
        return described

    def _load_nothing(self, data: JsonValue | Absent) -> None:
        if data is not ABSENT and data is not None:
            raise InvalidValue(("expected no input",))

    def _load_absent(self) -> Any:
        if self._signature.default is not ABSENT:
            return self._signature.default
        try:
            return self.input_codec.load(None)
        except InvalidValue:
            raise InvalidValue(("data: required field missing",)) from None


class DefaultedAction(Action[InputT, OutputT, ChunkT]):
    """An action whose input has a default: ``await action()`` is a call too. Only its types differ."""

    if TYPE_CHECKING:

        async def __call__(
            self, input: InputT | Absent = ABSENT, /, *, context: Context | Absent = ABSENT, init: object = None
        ) -> OutputT: ...

        async def run(
            self, input: InputT | Absent = ABSENT, /, *, context: Context | Absent = ABSENT, init: object = None
        ) -> ActionResponse[OutputT]: ...

        def stream(
            self, input: InputT | Absent = ABSENT, /, *, context: Context | Absent = ABSENT, init: object = None
        ) -> AbstractAsyncContextManager[ActionStream[OutputT, ChunkT]]: ...
