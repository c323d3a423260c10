"""Every parser of bytes that strangers send, in one table, and what each of them is held to.

The rule: a value or one of the documented errors, nothing else, in time proportional to the size. An error that a
stranger is told can be shown as it is: it is one line of printable text.

`test_parsers` holds them to it with the corpora, and with a few inputs more; ``python -m tests.faults.fuzz`` goes on
from there for as long as one likes.
"""

import time
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import attrs

from genkit_trio import GenkitError, PublicError
from genkit_trio._wire import InvalidAnswer, InvalidJson, InvalidMessage, InvalidValue
from tests.faults import edges, readings
from tests.faults.seeds import SEEDS
from tests.wire.pieces import calls_of

CORPORA: Final = Path(__file__).parent / "corpora"
SMALL, LARGE = 2_000, 16_000
"""The sizes of what is read to see whether time is proportional to size. Longer text in pieces is shown with a lag."""

Read = Callable[[bytes], None]
Errors = tuple[type[Exception], ...]


@attrs.frozen
class Parser:
    """What reads bytes of strangers.

    Args:
      reads: the functions that read, each with the errors that it documents.
      extra: the package that it needs, where that is of an extra.
      largest: how many bytes there may be; what reads a few headers has no use for more.
      is_shown: whether its errors are shown to strangers; others are for the author of a file or program.
    """

    reads: Mapping[Read, Errors]
    extra: str | None = None
    largest: int = 1024
    is_shown: bool = True


PARSERS: Final[Mapping[str, Parser]] = {
    "json": Parser({readings.read_json: (InvalidJson,)}),
    "envelopes": Parser(
        {readings.read_flow_request: (PublicError,), readings.read_run_action: (PublicError, InvalidJson)}
    ),
    "headers": Parser(
        {
            readings.read_timeout: (PublicError,),
            readings.read_grpc_timeout: (PublicError,),
            readings.read_traceparent: (),
            readings.read_action_key: (PublicError,),
            readings.read_last_event_id: (PublicError,),
            readings.read_after: (PublicError,),
            readings.read_stream_id: (),
            readings.read_media_type: (PublicError,),
            readings.read_host: (PublicError,),
            readings.read_retry_after: (),
        },
        largest=256,
    ),
    "answers": Parser({readings.read_flow_result: (InvalidAnswer,), readings.read_flow_failure: ()}),
    "frames": Parser({readings.read_frames: (InvalidAnswer,)}),
    "messages": Parser({readings.read_message: (InvalidMessage,)}),
    "files": Parser({readings.read_runtime_file: (), readings.read_queued_run: (ValueError,)}),
    "parts": Parser({partial(readings.read_parts, tp): (InvalidJson, InvalidValue) for tp in readings.MESSAGES}),
    "partial_json": Parser({readings.read_partial_json: (InvalidJson,)}),
    "model_answers": Parser({partial(readings.read_answer, parser): (GenkitError,) for parser in readings.FORMATS}),
    "prompts": Parser(
        {
            readings.read_prompt_file: (ValueError, TypeError, PublicError),
            readings.read_template: (ValueError,),
            readings.read_prompt_names: (ValueError,),
        },
        extra="dotpromptz",
        is_shown=False,
    ),
    "values": Parser({readings.read_value: (InvalidJson, InvalidValue)}, largest=512),
    "uris": Parser({readings.read_uri: (), readings.read_uri_template: (ValueError,)}, is_shown=False),
    "flow_app": Parser({edges.ask_flow_app: ()}),
    "reflection_app": Parser({edges.ask_reflection_app: ()}),
    "session": Parser({edges.tell_session: ()}),
    "http1": Parser({readings.read_http1: ()}, extra="httptools", largest=4096),
}


def check(parser: Parser, data: bytes) -> None:
    """Hold the functions of a parser to the rule, but for the time."""
    for read, errors in parser.reads.items():
        try:
            read(data)
        except errors as exc:
            assert not parser.is_shown or str(exc).isprintable(), "an error can be shown as it is"
            assert not isinstance(exc, PublicError) or exc.status.http < 500, "whoever sends it is told what is wrong"


def check_time(parser: Parser, data: bytes) -> None:
    """Hold the functions of a parser to time proportional to size: a part of *data* is repeated many times.

    What counts is how many functions are called, which no machine changes, and the time of the processor, which tells
    of regular expressions: it has to be long, and to grow faster than the size, three times.
    """
    small, large = stretched(data, SMALL), stretched(data, LARGE)
    for read, errors in parser.reads.items():
        run = partial(_read_anyway, read, errors)
        few, many = (calls_of(partial(run, each)) for each in (small, large))
        assert many <= 12 * few + 200, f"{few} calls for {len(small)} bytes, {many} for {len(large)}"
        assert any(_is_proportional(run, small, large) for _ in range(3)), f"time is not proportional: {large[:200]!r}"


def stretched(data: bytes, size: int) -> bytes:
    """Repeat a part of *data*, which its checksum chooses, until all has that size."""
    chance = zlib.crc32(data)
    start = chance % (len(data) + 1)
    end = min(len(data), start + 1 + (chance >> 16) % 24)
    part = data[start:end] or b"["
    return data[:start] + part * (size // len(part)) + data[end:]


def inputs_of(name: str) -> list[bytes]:
    """Return what is known to be of interest to the parser *name*: its seeds and its corpus."""
    corpus = sorted((CORPORA / name).glob("*"))
    return [*SEEDS[name], *(file.read_bytes() for file in corpus)]


def _read_anyway(read: Read, errors: Errors, data: bytes) -> None:
    try:
        read(data)
    except errors:
        return


def _is_proportional(run: Read, small: bytes, large: bytes) -> bool:
    long = _time_of(run, large)
    return long < 0.02 or long < 24 * _time_of(run, small)


def _time_of(run: Read, data: bytes) -> float:
    start = time.process_time()
    run(data)
    return time.process_time() - start
