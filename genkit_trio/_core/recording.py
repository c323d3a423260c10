"""What a recorder is told of a run beside its times: input, output, context, as JSON text.

The values are encoded when the run starts and ends, since they may change afterwards.
"""

from typing import Any, Final

from .._tracing import Recorder, Span
from .._wire import Codec, InvalidValue, codec_of, dumps
from .run import Run

_REDACTED: Final = "<redacted>"
_SECRET: Final = frozenset({"auth", "secrets"})
"""The parts of a context that never reach a span."""
_ANYTHING: Final[Codec[object]] = codec_of(object)


def record_start(recorder: Recorder, run: Run, codec: Codec[Any], value: object) -> None:
    """Tell *recorder*, that of *run*, that it has started, with input and context."""
    run.set_attribute("genkit:input", _text_of(codec, value))
    if run.context:
        shown = {name: _REDACTED if name in _SECRET else part for name, part in run.context.items()}
        run.set_attribute("genkit:metadata:context", _text_of(_ANYTHING, shown))
    recorder.started(run)


def record_output(run: Run, codec: Codec[Any], output: object) -> None:
    """Note the output, for the recorder."""
    run.set_attribute("genkit:output", _text_of(codec, output))


def record_step_start(recorder: Recorder, span: Span, args: tuple[object, ...]) -> None:
    """Tell *recorder* that *span*, a step with these arguments, has started."""
    if args:
        span.set_attribute("genkit:input", _text_of(_ANYTHING, args[0] if len(args) == 1 else list(args)))
    recorder.started(span)


def record_step_output(span: Span, output: object) -> None:
    """Note what the step returned, for the recorder."""
    span.set_attribute("genkit:output", _text_of(_ANYTHING, output))


def _text_of(codec: Codec[Any], value: object) -> str:
    try:
        text = dumps(codec.dump(value))
    except (InvalidValue, TypeError):
        # An in-process call takes any Python value; a trace shows what it can.
        text = dumps(_shown(value))
    return text.decode("ascii")


def _shown(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # a user's __repr__ may raise anything, and must not fail the run that it is shown for
        return object.__repr__(value)
