"""What the reflection API offers, by whichever version of it a developer's tool comes.

Nothing is held back here: this API is for the developer, who reads the text of every error and its stack.
"""

import logging
import traceback
from collections.abc import Callable
from typing import Any, Final

import attrs
import trio

from .._core import Registry, current_roots, failure_of
from .._wire import (
    ABSENT,
    SPEC_VERSION,
    Absent,
    Codec,
    Failure,
    JsonValue,
    PublicError,
    RunActionRequest,
    Status,
    codec_of,
    dumps,
    invalid,
    listing_of,
    object_of,
    quoted,
    status_json,
    text_of,
)
from .active import cancel_by_trace_id
from .edge_run import EdgeRun
from .telemetry import Telemetry

logger = logging.getLogger("genkit_trio")

VALUE_KINDS: Final = ("defaultModel", "middleware")
"""The kinds of values that tools may list."""
_ANYTHING: Final[Codec[object]] = codec_of(object)
_WORTH_A_LOOK: Final = frozenset({Status.INTERNAL, Status.UNKNOWN, Status.DATA_LOSS})


class InvalidInput(PublicError):
    """The input that a tool sent does not fit the action: how the run ended, not how the request did."""


@attrs.frozen
class ReflectedFailure:
    """What a tool is told of a failure."""

    failure: Failure
    status: bytes
    """It as the JSON that tools read."""


class Reflection:
    """The application as tools see it.

    Args:
      registry: what there is.
      telemetry: where its spans go.
    """

    def __init__(self, registry: Registry, telemetry: Telemetry) -> None:
        self._registry: Final = registry
        self._telemetry: Final = telemetry

    async def actions(self) -> bytes:
        """Return all actions by key, as JSON; those included that plugins would make."""
        return dumps(listing_of(await self._registry.describe_actions()))

    def values(self, kind: str) -> bytes:
        """Return the values of *kind* by name, as JSON.

        Raises:
          PublicError: ``INVALID_ARGUMENT``, for a kind that is not listed.
        """
        if kind not in VALUE_KINDS:
            raise invalid("type", f"expected one of {', '.join(VALUE_KINDS)}, got {quoted(kind)}")
        return dumps(_ANYTHING.dump(self._registry.values(kind)))

    async def open_run(self, request: RunActionRequest, *, streaming: bool, frame: Callable[[bytes], bytes]) -> EdgeRun:
        """Return the run that *request* asks for. It has the deadline that its action declares, and no other.

        What it is executed with, `input_of` tells.

        Args:
          request: what a tool sent.
          streaming: whether the tool receives chunks.
          frame: makes of a chunk, already JSON, what it receives.

        Raises:
          PublicError: ``NOT_FOUND``; ``UNAVAILABLE`` while shutting down.
        """
        action = await self._registry.resolve(request.key)
        # After the wait: a runtime that has ended in the meantime starts nothing.
        if current_roots().draining:
            raise PublicError(Status.UNAVAILABLE, f"{request.key} was not started: shutting down", retry_after=1)
        run = EdgeRun(
            action,
            trio.current_time() + action.options.timeout,
            streaming=streaming,
            context=request.context,
            init=None if request.init is ABSENT else request.init,
            frame=frame,
        )
        for name, label in request.labels.items():
            run.run.set_attribute(name, label)
        return run

    async def flush(self, run: EdgeRun) -> None:
        """Bring out the spans of *run*, for a tool that reads them when it has the result; bounded."""
        await self._telemetry.flush(run.run.trace_id)

    def cancel(self, body: JsonValue | Absent) -> None:
        """Cancel the run that the body of ``cancelAction`` names.

        Raises:
          PublicError: ``INVALID_ARGUMENT``, ``NOT_FOUND``, or ``FAILED_PRECONDITION`` for a run without a scope.
        """
        cancel_by_trace_id(text_of(object_of(body), "traceId"))

    def configure(self, body: JsonValue | Absent) -> None:
        """Take over what a tool says of itself: the telemetry server, and the version it speaks.

        Raises:
          PublicError: ``INVALID_ARGUMENT``.
        """
        said = object_of(body)
        version = said.get("reflectionApiSpecVersion", SPEC_VERSION)
        if version not in (SPEC_VERSION, str(SPEC_VERSION)):
            logger.warning(
                "a tool speaks version %s of the reflection API, and this is version %d; update the older of the two",
                quoted(str(version)),
                SPEC_VERSION,
            )
        if said.get("telemetryServerUrl") is not None:
            self._telemetry.set_url(_checked_url(text_of(said, "telemetryServerUrl")))


def input_of(run: EdgeRun, data: JsonValue | Absent) -> Any:
    """Return the input for *run* that *data* stands for.

    Raises:
      InvalidInput: if it does not fit the action.
    """
    try:
        return run.action.load_input(data)
    except PublicError as exc:
        raise InvalidInput(exc.status, exc.message) from exc


def describe_failure(error: BaseException, run: EdgeRun | None) -> ReflectedFailure:
    """Return what a tool is told about *error*, with its stack; and log it where a person should look.

    Args:
      error: why there is no output.
      run: the run that has begun, `None` where none has.
    """
    failure = failure_of(error, expose=True)
    trace_id = "" if run is None else run.run.trace_id
    if failure.status in _WORTH_A_LOOK:
        where = "a request" if run is None else f"{run.run.key}, trace {trace_id}"
        logger.error("%s failed", where, exc_info=error)
    stack = "".join(traceback.format_exception(error)) if _has_a_story(error, failure, run) else ""
    return ReflectedFailure(failure, status_json(failure.status, failure.message, stack=stack, trace_id=trace_id))


def _has_a_story(error: BaseException, failure: Failure, run: EdgeRun | None) -> bool:
    # The stack of a refused request, and of a run that was told to stop, would only show this library.
    if failure.status is Status.CANCELLED or error.__traceback__ is None:
        return False
    return run is not None or not isinstance(error, PublicError)


def _checked_url(url: str) -> str:
    if not url.isprintable() or not url.startswith(("http://", "https://")):
        raise invalid("telemetryServerUrl", f"expected an http URL, got {quoted(url)}")
    return url
