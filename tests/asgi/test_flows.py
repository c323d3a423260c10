"""The flow endpoint: what it accepts, and what it says to what it does not."""

import json
from collections.abc import AsyncIterator

import attrs
import pytest
import trio

from genkit_trio import Genkit, RunContext, open_runtime
from genkit_trio.asgi import RequestLimits, flow_app
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, AppRequest, post


@attrs.frozen
class Page:
    text: str
    number: int = 1


def serving(ai: Genkit, **limits):
    return flow_app(ai, limits=RequestLimits(**limits))


@pytest.fixture
def started() -> list[object]:
    return []


@pytest.fixture
def ai(started) -> Genkit:
    ai = Genkit()

    @ai.flow
    async def echo(value: object) -> object:
        started.append(value)
        return value

    @ai.flow
    async def page(page: Page) -> Page:
        return page

    @ai.flow
    async def forever() -> None:
        started.append(None)
        await trio.sleep_forever()

    @ai.flow("grey/numbers")
    async def numbers(count: int) -> AsyncIterator[int]:
        for number in range(count):
            yield number

    @ai.flow
    async def nothing() -> None:
        started.append("nothing")

    @ai.flow
    async def whole(ctx: RunContext[str]) -> str:
        return json.dumps([ctx.init, dict(ctx.context), ctx.is_streaming])

    @ai.flow
    async def remaining(ctx: RunContext[str]) -> float:
        return ctx.remaining()

    @ai.flow(timeout=20)
    async def declared(ctx: RunContext[str]) -> float:
        return ctx.remaining()

    return ai


async def test_the_result_comes_as_json_with_its_length_and_trace(ai):
    """C24: the bytes of a unary answer."""
    answer = await post(flow_app(ai), "/page", {"text": "ä"})
    assert answer.status == 200
    assert answer.body == b'{"result":{"text":"\\u00e4","number":1}}'
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.headers["x-genkit-trace-id"]) == 32
    assert len(answer.headers["x-genkit-span-id"]) == 16


async def test_a_stream_is_frames_of_ascii_json(ai):
    """C24: the bytes of a streaming answer; C22: one terminal, and it is the last."""
    answer = await post(flow_app(ai), "/grey/numbers", 2, headers=STREAM_HEADERS)
    assert answer.status == 200
    assert answer.body == b'data: {"message":0}\n\ndata: {"message":1}\n\ndata: {"result":null}\n\n'
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["cache-control"] == "no-cache"
    assert "content-length" not in answer.headers
    assert len(answer.headers["x-genkit-trace-id"]) == 32


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {**JSON_HEADERS, "accept": "application/json, TEXT/Event-Stream;q=0.5"}},
        {"query": "stream=true"},
        {"query": "a=b&stream=true"},
    ],
)
async def test_a_stream_is_asked_for_by_a_header_or_by_the_query(ai, options):
    assert (await post(flow_app(ai), "/whole", None, **options)).frames == [{"result": "[null, {}, true]"}]


@pytest.mark.parametrize("query", ["", "stream=false", "stream=", "stream=true&stream=false"])
async def test_anything_else_in_the_query_is_no_stream(ai, query):
    assert (await post(flow_app(ai), "/whole", None, query=query)).json == {"result": "[null, {}, false]"}


async def test_the_init_value_reaches_the_flow(ai):
    answer = await post(flow_app(ai), "/whole", parts=[b'{"data":null,"init":{"a":1},"other":2}'])
    assert answer.json == {"result": '[{"a": 1}, {}, false]'}


@pytest.mark.parametrize("headers", [JSON_HEADERS, {}, {"content-type": "application/json; charset=utf-8"}])
async def test_an_empty_body_is_a_request_without_input(ai, headers):
    assert (await post(flow_app(ai), "/nothing", headers=headers, parts=[b""])).json == {"result": None}


async def test_a_body_may_arrive_in_parts(ai):
    answer = await post(flow_app(ai), "/echo", parts=[b'{"da', b"", b'ta":[1', b",2]}"])
    assert answer.json == {"result": [1, 2]}


async def test_a_flow_is_found_below_the_path_where_the_application_is_mounted(ai):
    app = flow_app(ai)
    assert (await post(app, "/api/echo", 1, scope={"root_path": "/api"})).json == {"result": 1}
    assert (await post(app, "/echo", 1, scope={"root_path": "/api"})).json == {"result": 1}
    assert (await post(app, "/apiecho", 1, scope={"root_path": "/api"})).status == 404


@pytest.mark.parametrize("path", ["/missing", "/ECHO", "/echo/", "/", "", "//echo", "/flow/echo"])
@pytest.mark.parametrize("headers", [JSON_HEADERS, STREAM_HEADERS])
async def test_an_unknown_flow_is_404(ai, path, headers):
    """C23: an error before the first chunk has its HTTP status, in stream mode too."""
    answer = await post(flow_app(ai), path, None, headers=headers)
    assert answer.status == 404
    assert answer.json["status"] == "NOT_FOUND"
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "X" * 5000])
async def test_another_method_is_405_and_says_which_is_allowed(ai, method, started):
    answer = await post(flow_app(ai), "/echo", 1, method=method)
    assert answer.status == 405
    assert answer.json["status"] == "UNIMPLEMENTED"
    assert answer.headers["allow"] == "POST"
    assert len(answer.body) < 200
    assert started == []


@pytest.mark.parametrize("given", ["text/plain", "application/jsonx", "", "multipart/form-data; boundary=x", "é" * 999])
async def test_another_content_type_is_415(ai, given, started):
    answer = await post(flow_app(ai), "/echo", 1, headers={"content-type": given})
    assert (answer.status, answer.json["status"]) == (415, "INVALID_ARGUMENT")
    assert len(answer.body) < 1000
    assert started == []


async def test_a_body_without_a_content_type_is_415(ai, started):
    answer = await post(flow_app(ai), "/echo", 1, headers={})
    assert (answer.status, answer.json["status"]) == (415, "INVALID_ARGUMENT")
    assert started == []


MALFORMED = {
    "no json": b"{",
    "an array": b"[]",
    "a string": b'"data"',
    "null": b"null",
    "nan": b'{"data":NaN}',
    "infinity": b'{"data":-Infinity}',
    "too large a number": b'{"data":1e400}',
    "too large an integer": b'{"data":18446744073709551616}',
    "too small an integer": b'{"data":-9223372036854775809}',
    "invalid utf-8": b'{"data":"\xff"}',
    "utf-16": '{"data":1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"data":1}',
    "two values": b'{"data":1}{"data":2}',
    "a trailing comma": b'{"data":[1,]}',
    "too deep": b'{"data":' + b"[" * 128 + b"]" * 128 + b"}",
    "far too deep": b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "spaces": b"   ",
    "a zero byte": b"\0",
}


@pytest.mark.parametrize("headers", [JSON_HEADERS, STREAM_HEADERS])
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_body_is_400(ai, body, headers, started):
    """C25: what is malformed gets a 4xx JSON error."""
    answer = await post(flow_app(ai), "/echo", headers=headers, parts=[body])
    assert (answer.status, answer.json["status"]) == (400, "INVALID_ARGUMENT")
    assert answer.headers["content-type"] == "application/json"
    assert started == []


async def test_ten_megabytes_of_open_brackets_are_400(ai):
    """C25: no input causes a 5xx from a parser."""
    answer = await post(serving(ai, body=16 * 2**20), "/echo", parts=[b"[" * 2**16] * 160)
    assert (answer.status, answer.json["status"]) == (400, "INVALID_ARGUMENT")


ACCEPTED = {
    "duplicate keys": (b'{"data":1,"data":2}', 2),
    "duplicate keys inside": (b'{"data":{"a":1,"a":2}}', {"a": 2}),
    "a lone surrogate": (rb'{"data":"\ud800"}', "\ufffd"),
    "large integers": (b'{"data":[18446744073709551615,-9223372036854775808]}', [2**64 - 1, -(2**63)]),
    "deep enough": (b'{"data":' + b"[" * 127 + b"]" * 127 + b"}", None),
    "spaces around": (b' { "data" : 1 } ', 1),
}


@pytest.mark.parametrize(("body", "value"), ACCEPTED.values(), ids=ACCEPTED)
async def test_odd_but_valid_json_has_one_meaning(ai, body, value):
    ai = Genkit()
    seen = []

    @ai.flow
    async def see(data: object) -> None:
        seen.append(data)

    assert (await post(flow_app(ai), "/see", parts=[body])).status == 200
    assert value is None or seen == [value]


@pytest.mark.parametrize("headers", [JSON_HEADERS, STREAM_HEADERS])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"text": 1}, "text: expected string, got integer"),
        ({}, "text: required field missing"),
        ({"text": "a", "number": "1"}, "number: expected integer, got string"),
        (None, "expected object, got null"),
        ([], "expected object, got array"),
    ],
)
async def test_an_input_of_the_wrong_type_is_400_with_its_path(ai, data, message, headers):
    answer = await post(flow_app(ai), "/page", data, headers=headers)
    assert answer.error == (400, "INVALID_ARGUMENT", message)


async def test_an_input_where_none_is_expected_is_400(ai):
    assert (await post(flow_app(ai), "/nothing", 1)).error == (400, "INVALID_ARGUMENT", "expected no input")


async def test_a_missing_input_is_400(ai):
    answer = await post(flow_app(ai), "/page", parts=[b"{}"])
    assert answer.error == (400, "INVALID_ARGUMENT", "data: required field missing")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 300),
        ({"x-request-timeout": "2.5"}, 2.5),
        ({"grpc-timeout": "1500m"}, 1.5),
        ({"x-request-timeout": "7", "grpc-timeout": "3S"}, 3),
        ({"x-request-timeout": "3600"}, 3600),
        ({"x-request-timeout": "100000"}, 3600),
    ],
)
async def test_the_deadline_is_the_least_of_header_and_server(ai, headers, seconds, autojump_clock):
    """C7: the header, else the default; the server's maximum always."""
    answer = await post(flow_app(ai), "/remaining", headers={**JSON_HEADERS, **headers}, parts=[b""])
    assert answer.json["result"] == pytest.approx(seconds)


@pytest.mark.parametrize(("header", "seconds"), [(None, 20), ("5", 5), ("100", 20)])
async def test_the_definition_takes_part_in_the_deadline(ai, header, seconds, autojump_clock):
    """C7: a declared timeout replaces the default, and no header exceeds it."""
    headers = {**JSON_HEADERS, **({} if header is None else {"x-request-timeout": header})}
    answer = await post(flow_app(ai), "/declared", headers=headers, parts=[b""])
    assert answer.json["result"] == pytest.approx(seconds)


async def test_the_maximum_of_the_server_holds_for_its_default_and_for_definitions(ai, autojump_clock):
    """C7: nothing exceeds max_timeout."""
    app = serving(ai, max_timeout=10)
    assert (await post(app, "/remaining", parts=[b""])).json["result"] == pytest.approx(10)
    assert (await post(app, "/declared", parts=[b""])).json["result"] == pytest.approx(10)


@pytest.mark.parametrize("headers", [{"x-request-timeout": "0"}, {"x-request-timeout": "-1"}, {"grpc-timeout": "0S"}])
@pytest.mark.parametrize("accept", [JSON_HEADERS, STREAM_HEADERS])
async def test_a_deadline_that_has_passed_is_504_and_nothing_starts(ai, headers, accept, started):
    """C7: zero or less is 504."""
    answer = await post(flow_app(ai), "/echo", 1, headers={**accept, **headers})
    assert (answer.status, answer.json["status"]) == (504, "DEADLINE_EXCEEDED")
    assert started == []


@pytest.mark.parametrize(
    "headers",
    [
        {"x-request-timeout": "soon"},
        {"x-request-timeout": ""},
        {"x-request-timeout": "nan"},
        {"x-request-timeout": "inf"},
        {"x-request-timeout": "1e3"},
        {"x-request-timeout": "1, 2"},
        {"x-request-timeout": "٣"},
        {"grpc-timeout": "1"},
        {"grpc-timeout": "123456789S"},
        {"grpc-timeout": "-1S"},
        {"x-request-timeout": "1", "grpc-timeout": "x"},
    ],
)
async def test_a_deadline_that_cannot_be_read_is_400(ai, headers, started):
    """C7: unparsable is 400."""
    request = AppRequest("/echo", 1)
    request.scope["headers"] += [(name.encode(), value.encode()) for name, value in headers.items()]
    await request.play(flow_app(ai))
    assert (request.status, request.json["status"]) == (400, "INVALID_ARGUMENT")
    assert started == []


@pytest.mark.parametrize("headers", [JSON_HEADERS, STREAM_HEADERS])
async def test_a_deadline_that_passes_is_504(ai, headers, autojump_clock):
    answer = await post(flow_app(ai), "/forever", None, headers={**headers, "x-request-timeout": "2"})
    assert (answer.status, answer.json["status"]) == (504, "DEADLINE_EXCEEDED")
    assert trio.current_time() == pytest.approx(2)


async def test_the_time_for_the_body_counts_against_the_deadline(ai, autojump_clock):
    """C7, C10: the deadline is counted from the receipt of the request."""
    late = trio.Event()
    request = AppRequest("/remaining", headers={**JSON_HEADERS, "x-request-timeout": "5"}, parts=[late, b""])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await trio.sleep(2)
        late.set()
    assert request.json["result"] == pytest.approx(3)


async def test_a_full_line_is_429_with_the_time_to_wait(autojump_clock):
    """C18: beyond the waiting line the request is refused."""
    ai = Genkit()

    @ai.flow(max_concurrency=1, max_queue=0)
    async def slow() -> None:
        await trio.sleep(10)

    app = flow_app(ai)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(post, app, "/slow")
        await trio.sleep(1)
        for headers in (JSON_HEADERS, STREAM_HEADERS):
            answer = await post(app, "/slow", headers=headers)
            assert (answer.status, answer.json["status"]) == (429, "RESOURCE_EXHAUSTED")
            assert int(answer.headers["retry-after"]) >= 1


async def test_a_new_request_while_draining_is_503_with_the_time_to_wait(ai, started, autojump_clock):
    """C27: new root runs are refused."""
    app = flow_app(ai)
    async with trio.open_nursery() as nursery, open_runtime(ai):
        request = AppRequest("/forever", parts=[b""])
        nursery.start_soon(request.play, app)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(_refused, app)
    assert started == [None]


async def _refused(app):
    await trio.sleep(1)
    answer = await post(app, "/echo", 1)
    assert (answer.status, answer.json["status"]) == (503, "UNAVAILABLE")
    assert int(answer.headers["retry-after"]) >= 1


async def test_another_protocol_is_closed(ai):
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    await flow_app(ai)({"type": "websocket", "path": "/echo", "headers": []}, receive, send)
    assert sent == [{"type": "websocket.close"}]


def test_a_server_that_does_not_run_on_trio_is_told_so(ai):
    app = flow_app(ai)
    call = app({"type": "http"}, None, None)
    with pytest.raises(RuntimeError, match="runs on trio"):
        call.send(None)
