"""What a recorder is told of a run beside its times: input, output, context, as JSON text.

The values are encoded when the run starts and ends, since they may change afterwards.
"""

from typing import Any, Final

from .._tracing import Recorder
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


def _text_of(codec: Codec[Any], value: object) -> str:
    try:
        text = dumps(codec.dump(value))
    except InvalidValue:
        # An in-process call takes any Python value; a trace shows what it can.
        text = dumps(repr(value))
    return text.decode("ascii")
