"""Reading bytes of strangers with each parser of the package, and what must be true of a value that comes of it.

A function here raises what its parser raises; what else is promised of the value, such as that it can be written and
is read back, or that pieces make no difference, is asserted. Which errors are documented is in `tests.faults.parsers`.
"""

import datetime as dt
import functools
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any

from genkit_trio._ai.action_options import GenerateActionOptions
from genkit_trio._ai.chunk import ModelResponseChunk
from genkit_trio._ai.document import Document
from genkit_trio._ai.format.array import ArrayFormat
from genkit_trio._ai.format.definition import FormatParser
from genkit_trio._ai.format.enum import EnumFormat
from genkit_trio._ai.format.json import JsonFormat
from genkit_trio._ai.format.jsonl import JsonlFormat
from genkit_trio._ai.format.text import TextFormat
from genkit_trio._ai.message import Message, Role
from genkit_trio._ai.prompt.definition import templates_of
from genkit_trio._ai.prompt.file import read_prompt
from genkit_trio._ai.prompt.folder import read_folder
from genkit_trio._ai.prompt.listing import metadata_of
from genkit_trio._ai.request import ModelRequest
from genkit_trio._ai.response import ModelResponse
from genkit_trio._ai.uri_template import UriTemplate
from genkit_trio._asgi.durable import _position_in, _stream_id_in
from genkit_trio._asgi.flows import _check_media_type
from genkit_trio._asgi.origin import check_origin
from genkit_trio._client.call import _retry_after
from genkit_trio._core import Registry
from genkit_trio._runtime.discovery import _pid_in
from genkit_trio._runtime.work_queue import QueuedRun
from genkit_trio._wire import (
    ActionKey,
    Codec,
    Frame,
    FrameReader,
    GenkitError,
    InvalidAnswer,
    InvalidJson,
    InvalidMessage,
    JsonPush,
    codec_of,
    codec_of_schema,
    dumps,
    failure_text,
    format_traceparent,
    json_in,
    loads,
    parse_flow_failure,
    parse_flow_request,
    parse_flow_result,
    parse_message,
    parse_run_action,
    parse_timeout,
    parse_traceparent,
)
from tests.wire.sample_types import SAMPLES, Limit

SCHEMA: Mapping[str, Any] = {
    "$ref": "#/definitions/Tree",
    "definitions": {
        "Tree": {
            "type": "object",
            "properties": {"name": {"pattern": "^a*$"}, "children": {"items": {"$ref": "#/definitions/Tree"}}},
            "additionalProperties": {"multipleOf": 0.5, "uniqueItems": True},
        }
    },
}
MESSAGES = (Message, ModelRequest, ModelResponse, ModelResponseChunk, GenerateActionOptions, Document)
"""What is made of parts, in requests and answers of models."""
CODECS: Mapping[str, Codec[Any]] = {
    **{sample.name: codec_of(sample.tp) for sample in SAMPLES},
    "even_decimal": codec_of(Annotated[Decimal, Limit(multiple_of=2, ge=-4)]),
    "tenths": codec_of(Annotated[float, Limit(multiple_of=0.1)]),
    "decimals": codec_of(frozenset[Decimal]),
    "moments": codec_of(set[dt.datetime]),
    "late": codec_of(Annotated[dt.datetime, Limit(gt=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))]),
    "short_waits": codec_of(list[Annotated[dt.timedelta, Limit(lt=dt.timedelta(days=1))]]),
    "anything_once": codec_of(set[Any]),
    "by_moment": codec_of(dict[dt.datetime, Decimal | int | str]),
    "named": codec_of(Annotated[str, Limit(pattern="^[a-z]+[0-9]?$", max_length=20)]),
    "schema": codec_of_schema(SCHEMA),
}
"""Codecs by the names of what they read: types of every kind, and what is compared, counted and looked through."""
FORMATS: tuple[FormatParser, ...] = (
    JsonFormat().parser_of({"type": "object"}),
    JsonFormat().parser_of({"type": ["string", "integer"]}),
    JsonlFormat().parser_of(None),
    ArrayFormat().parser_of(None),
    EnumFormat().parser_of({"enum": ["red", "it's", 1]}),
    TextFormat().parser_of(None),
)
TEMPLATES = tuple(
    map(UriTemplate, ("file:///{name}", "notes://{user}/{+path}.{kind}", "search://{term}{?page,size}", "{a}b{c}{#d}"))
)
ROOTS = ("[{", "[", "{", "")
DEEPEST = 30


def cut(data: Any) -> list[Any]:
    """Cut bytes or text into pieces, where the checksum says."""
    chance = zlib.crc32(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)
    edges = sorted({0, len(data), *((chance >> shift) % (len(data) + 1) for shift in (0, 6, 12, 18))})
    return [data[at:to] for at, to in pairwise(edges)]


def read_json(data: bytes) -> None:
    """Read JSON; what Python's own reader accepts and refuses is the measure."""
    try:
        value = loads(data)
    except InvalidJson as exc:
        assert not (str(exc).startswith("not valid JSON") and _is_plain_json(data)), "this is JSON"
        raise
    text = dumps(value)
    assert text.isascii()
    assert loads(text) == json.loads(text) == value
    assert b"\\u" in data or json.loads(data) == value


def _is_plain_json(data: bytes) -> bool:
    try:
        text = data.decode()
        json.loads(text, parse_constant=int, parse_float=_finite)
    except (ValueError, RecursionError):
        return False
    return True


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("beyond a double")
    return number


def read_flow_request(data: bytes) -> None:
    """Read the body of a flow request."""
    parse_flow_request(data)


def read_run_action(data: bytes) -> None:
    """Read the body of ``runAction``."""
    request = parse_run_action(loads(data))
    assert ActionKey.parse(str(request.key)) == request.key
    assert all(type(label) is str for label in request.labels.values())


def read_timeout(data: bytes) -> None:
    """Read both headers for timeouts; a line for each."""
    own, newline, grpc = data.decode("latin-1").partition("\n")
    seconds = parse_timeout(own, grpc if newline else None)
    assert isinstance(seconds, float)
    assert abs(seconds) <= 1e9


def read_grpc_timeout(data: bytes) -> None:
    """Read the header ``grpc-timeout``."""
    seconds = parse_timeout(None, data.decode("latin-1"))
    assert seconds is not None
    assert 0 <= seconds <= 1e9


def read_traceparent(data: bytes) -> None:
    """Read the header ``traceparent``."""
    found = parse_traceparent(data.decode("latin-1"))
    if found is not None:
        assert parse_traceparent(format_traceparent(found.trace_id, found.span_id)) == found


def read_action_key(data: bytes) -> None:
    """Read the key of an action."""
    text = data.decode("utf-8", "replace")
    assert str(ActionKey.parse(text)) == text


def read_last_event_id(data: bytes) -> None:
    """Read a position from its header."""
    assert 0 <= _position_in({}, {b"last-event-id": data}) < 10**15


def read_after(data: bytes) -> None:
    """Read a position from the query."""
    assert 0 <= _position_in({"query_string": data}, {}) < 10**15


def read_stream_id(data: bytes) -> None:
    """Read the id of a stream."""
    assert len(_stream_id_in({b"x-genkit-stream-id": data})) <= 200


def read_media_type(data: bytes) -> None:
    """Read the type of a body."""
    _check_media_type(data)


def read_host(data: bytes) -> None:
    """Read the headers by which pages of foreign sites are known; a line for each."""
    host, _, origin = data.partition(b"\n")
    check_origin({"headers": [(b"host", host), *([(b"origin", origin)] if origin else [])]}, "dev.test")


def read_retry_after(data: bytes) -> None:
    """Read the header ``Retry-After`` of an answer."""
    seconds = _retry_after({"retry-after": data.decode("latin-1")})
    assert seconds is None or 0 <= seconds < 1e9


def read_flow_result(data: bytes) -> None:
    """Read the answer of a flow; one that tells of a failure was understood as well."""
    try:
        parse_flow_result(data)
    except GenkitError as told:
        _check_told(told)


def read_flow_failure(data: bytes) -> None:
    """Read the answer of a flow that failed, or of something in between; the first byte is the HTTP status."""
    _check_told(parse_flow_failure(100 + 2 * data[0] if data else 500, data[1:], 1.0))


def _check_told(told: GenkitError) -> None:
    assert isinstance(told.message, str)
    assert isinstance(told.status.http, int)


def read_frames(data: bytes) -> None:
    """Read a stream of events, whole and in pieces."""
    reader = FrameReader(1000)
    whole = list(_until_refused(reader.feed(data)))
    reader = FrameReader(1000)
    pieces = list(_until_refused(frame for piece in cut(data) for frame in reader.feed(piece)))
    assert pieces == whole
    list(FrameReader(1000).feed(data))


def _until_refused(frames: Iterator[Frame]) -> Iterator[object]:
    try:
        yield from frames
    except InvalidAnswer:
        yield "refused"


def read_message(data: bytes) -> None:
    """Read a message of JSON-RPC; one that is refused can be answered."""
    try:
        message = parse_message(data)
    except InvalidMessage as exc:
        if exc.id is not None:
            parse_message(failure_text(exc.id, exc.code, str(exc), b"{}"))
        raise
    assert message == parse_message(dumps(loads(data)))


def read_runtime_file(data: bytes) -> None:
    """Read the file by which tools find a runtime, which a tool may have changed."""
    _pid_in(data)


def read_queued_run(data: bytes) -> None:
    """Read a run that waits in a queue."""
    run = QueuedRun.from_json(data)
    assert QueuedRun.from_json(run.to_json()) == run


def read_parts(tp: type, data: bytes) -> None:
    """Read JSON as one of the values that are made of parts."""
    codec = codec_of(tp)
    value = codec.load(loads(data))
    assert codec.load(loads(dumps(codec.dump(value)))) == value


def read_value(data: bytes) -> None:
    """Read a value of a type, whose name is the first line."""
    name, _, text = data.partition(b"\n")
    codec = CODECS.get(name.decode("latin-1"))
    if codec is None:
        return
    value = codec.load(loads(text))
    assert codec.load(loads(dumps(codec.dump(value)))) == value


def read_partial_json(data: bytes) -> None:
    """Read JSON in pieces, looking at it after each; the first byte says how it may begin."""
    roots: Any = ROOTS[data[0] % 4] if data else "[{"
    text = data[1:].decode("utf-8", "surrogateescape")
    whole, pieces = JsonPush(roots), JsonPush(roots)
    whole.feed(text)
    for piece in cut(text):
        pieces.feed(piece)
        dumps(pieces.value)
        assert pieces.settled >= 0
    assert (pieces.value, pieces.fault, pieces.is_complete) == (whole.value, whole.fault, whole.is_complete)
    value = json_in(text, roots)
    if text.lstrip()[:1] in ("[", "{") and text.lstrip()[:1] in roots:
        assert whole.is_complete
        assert whole.value == value


def read_answer(parser: FormatParser, data: bytes) -> None:
    """Read what a model says in one of the formats, whole and in pieces."""
    text = data.decode("utf-8", "surrogateescape")
    whole, pieces = parser.new_turn(), parser.new_turn()
    if whole is not None and pieces is not None:
        whole.feed(text)
        for piece in cut(text):
            pieces.feed(piece)
            dumps(pieces.value)
        # A word of an enum is not that long, and what comes then is not looked at.
        assert pieces.value == whole.value or len(text) > 4096
    dumps(parser.parse(Message(Role.MODEL, text)))


def read_uri(data: bytes) -> None:
    """Read a URI by several templates."""
    uri = data.decode("utf-8", "replace")
    for template in TEMPLATES:
        found = template.match(uri)
        assert found is None or all(type(value) is str for value in found.values())


def read_uri_template(data: bytes) -> None:
    """Read a template of URIs, and a URI of its own form."""
    text = data.decode("utf-8", "replace")
    UriTemplate(text).match(text[:20])


def read_prompt_file(data: bytes) -> None:
    """Read a file with a prompt, and what it declares."""
    registry = _registry()
    try:
        definition = read_prompt("p", None, data.decode("utf-8", "replace"), "p.prompt").define(registry)
    except ValueError as exc:
        assert "'p.prompt'" in str(exc), "the file is not named"
        raise
    dumps(metadata_of(registry, definition, None, None))
    for declared in (definition.input, definition.output):
        dumps(declared.codec().schema())
        declared.codec().check()


def read_template(data: bytes) -> None:
    """Read a template of a prompt."""
    templates_of(_registry()).compile(data.decode("utf-8", "replace"), "prompt 'p'")


@functools.cache
def _registry() -> Registry:
    """Return a registry whose templates are compiled by one engine, which takes a while to make."""
    return Registry()


def read_prompt_names(data: bytes) -> None:
    """Read a folder of prompts: a line for the path of each file."""
    tree: dict[str, Any] = {}
    for path in data.decode("utf-8", "replace").split("\n"):
        place = tree
        for name in filter(None, path.split("/")[:DEEPEST]):
            place = place.setdefault(name, {})
    content = read_folder(_Folder("", tree))
    for prompt in content.prompts:
        key = ActionKey("prompt", prompt.full_name)
        assert ActionKey.parse(str(key)) == key
    assert len({prompt.full_name for prompt in content.prompts}) == len(content.prompts)


class _Folder:
    """A folder in memory, or a file in it, which has nothing in it."""

    def __init__(self, name: str, entries: Mapping[str, Any]) -> None:
        self.name = name
        self._entries = entries

    def iterdir(self) -> Iterator["_Folder"]:
        return (_Folder(name, entries) for name, entries in self._entries.items())

    def is_dir(self) -> bool:
        return bool(self._entries)

    def read_text(self, encoding: str) -> str:
        return "hello"

    def __str__(self) -> str:
        return self.name


def read_http1(data: bytes) -> None:
    """Read a connection of HTTP/1.1, whole and cut where its checksum says, beside h11."""
    from tests.server.h1.differential import check  # the codec is that of an extra

    chance = zlib.crc32(data)
    check(data, (chance & 0xFFF, chance >> 12 & 0xFFF, chance >> 20))
