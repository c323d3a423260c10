"""What only the HTTP of reflection v1 has; what both versions do is in ``tests/e2e/test_reflection_versions.py``."""

import json

import pytest
import trio
import trio.testing

from genkit_trio import Genkit, RunContext
from genkit_trio._asgi import ReflectionApp, ReflectionIdentity
from genkit_trio._runtime import GENKIT_VERSION, Reflection, Runtime, open_runtime
from genkit_trio.testing import JSON_HEADERS, AppRequest
from tests.e2e.tools import RecordedTelemetry

HOST = {"host": "127.0.0.1:3100"}


class Api:
    """The API of an application in memory."""

    def __init__(self, ai: Genkit, runtime: Runtime, host: str = "127.0.0.1"):
        self.telemetry = RecordedTelemetry()
        self.ended = 0
        reflection = Reflection(ai.registry, self.telemetry)
        self.app = ReflectionApp(reflection, runtime, ReflectionIdentity("4242-3100", host), self._end)

    def _end(self):
        self.ended += 1

    async def get(self, path, query="", headers=HOST, method="GET"):
        return await AppRequest(path, method=method, query=query, headers=headers, parts=[b""]).play(self.app)

    async def post(self, path, body, query="", headers=None, **options):
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {**HOST, **JSON_HEADERS} if headers is None else headers
        return await AppRequest(path, query=query, headers=headers, parts=[text], **options).play(self.app)


@pytest.fixture
async def api():
    ai = Genkit()

    @ai.flow
    async def greet(name: str) -> str:
        return f"Hello, {name}!"

    @ai.flow
    async def count(to: int, ctx: RunContext[int]) -> str:
        for n in range(to):
            await ctx.send_chunk(n)
        return "done"

    @ai.flow
    async def forever() -> None:
        await trio.sleep_forever()

    @ai.flow(on_disconnect="detach", timeout=60)
    async def detached() -> str:
        return "detached"

    async with open_runtime(ai.registry) as runtime:
        yield Api(ai, runtime)


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 200), ("id=4242-3100", 200), ("id=4242-3101", 503), ("id=", 503), ("x=1&id=4242-3100", 200)],
)
async def test_health_is_that_of_the_runtime_that_is_asked_for(api, query, status):
    answer = await api.get("/api/__health", query)
    assert (answer.status, answer.body) == (status, b"OK" if status == 200 else b"Invalid runtime ID")
    assert answer.headers["x-genkit-version"] == GENKIT_VERSION


async def test_health_knows_an_id_that_a_tool_did_not_escape(api):
    ai = Genkit()
    async with open_runtime(ai.registry) as runtime:
        app = ReflectionApp(Reflection(ai.registry, api.telemetry), runtime, ReflectionIdentity("a&b +c"), api._end)
        api.app = app
        assert (await api.get("/api/__health", "id=a&b +c")).status == 200
        assert (await api.get("/api/__health", "id=a%26b%20%2Bc")).status == 200
        assert (await api.get("/api/__health", "id=a")).status == 503


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_quit_ends_the_api(api, method):
    answer = await api.get("/api/__quitquitquit", method=method)
    assert (answer.status, answer.body, api.ended) == (200, b"OK", 1)


async def test_the_environments_are_listed(api):
    assert (await api.get("/api/envs")).json == ["dev"]


async def test_refused_kinds_of_values_are_told_as_text(api):
    missing = await api.get("/api/values")
    assert (missing.status, missing.body) == (400, b"the query needs one type=<kind>")
    unknown = await api.get("/api/values", "type=x")
    assert (unknown.status, unknown.body) == (400, b"type: expected one of defaultModel, middleware, got 'x'")


async def test_the_head_of_a_run_goes_out_before_anything_else(api):
    """C23."""
    request = AppRequest(
        "/api/runAction", headers={**HOST, **JSON_HEADERS}, parts=[b'{"key":"/flow/greet","input":"Ada"}']
    )
    await request.play(api.app)
    assert request.bodies[0] == b""
    assert request.headers["x-genkit-trace-id"] == request.json["telemetry"]["traceId"]
    assert len(request.headers["x-genkit-span-id"]) == 16
    assert request.headers["content-type"] == "application/json"


async def test_a_stream_is_lines_and_a_final_object_without_a_newline(api):
    """C24: a newline after the final object ends the process of the tool."""
    answer = await api.post("/api/runAction", {"key": "/flow/count", "input": 2}, query="stream=true")
    trace_id = answer.headers["x-genkit-trace-id"]
    assert answer.body == b'0\n1\n{"result":"done","telemetry":{"traceId":"%b"}}' % trace_id.encode()
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("query", ["", "stream=1", "stream=True", "stream=false"])
async def test_only_the_exact_word_asks_for_a_stream(api, query):
    answer = await api.post("/api/runAction", {"key": "/flow/count", "input": 2}, query=query)
    assert answer.json["result"] == "done"


async def test_a_detached_run_is_run_here_too(api):
    answer = await api.post("/api/runAction", {"key": "/flow/detached"})
    assert answer.json["result"] == "detached"


async def test_what_there_is_is_listed(api):
    listed = await api.get("/api/actions")
    assert listed.json["/flow/greet"]["inputSchema"] == {"type": "string"}
    values = await api.get("/api/values", "type=middleware")
    assert (values.status, values.json) == (200, {})


async def test_a_tool_may_say_where_its_telemetry_server_is(api):
    answer = await api.post("/api/notify", {"telemetryServerUrl": "http://localhost:4033"})
    assert (answer.status, answer.body, api.telemetry.urls) == (200, b"OK", ["http://localhost:4033"])


async def test_a_run_that_is_cancelled_ends_its_answer_with_the_error(api):
    """C22, C26: the head had gone out, so the failure is the final object."""
    request = AppRequest("/api/runAction", headers={**HOST, **JSON_HEADERS}, parts=[b'{"key":"/flow/forever"}'])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, api.app)
        await trio.testing.wait_all_tasks_blocked()
        answer = await api.post("/api/cancelAction", {"traceId": request.headers["x-genkit-trace-id"]})
        assert (answer.status, answer.json) == (200, {"message": "Action cancelled"})
    assert (request.status, request.json["error"]["code"]) == (200, 1)
    assert not request.body.endswith(b"\n")


async def test_an_input_that_does_not_fit_is_how_the_run_ended(api):
    """The request was right, so its status is 200 (protocol sheet §1.7)."""
    answer = await api.post("/api/runAction", {"key": "/flow/greet", "input": 7})
    assert (answer.status, answer.json["error"]["code"]) == (200, 3)
    assert answer.json["error"]["message"] == "expected string, got integer"


async def test_an_unknown_run_is_not_found_to_be_cancelled(api):
    answer = await api.post("/api/cancelAction", {"traceId": "0af7"})
    assert answer.status == 404
    assert answer.json == {"code": 5, "message": "no run with trace id '0af7' is alive", "details": {}}


@pytest.mark.parametrize(
    ("path", "method", "allow"),
    [
        ("/api/runAction", "GET", "POST"),
        ("/api/actions", "POST", "GET"),
        ("/api/notify", "OPTIONS", "POST"),
        ("/api/__quitquitquit", "PUT", "GET, POST"),
    ],
)
async def test_another_method_is_refused_and_no_foreign_page_is_invited(api, path, method, allow):
    answer = await api.get(path, method=method, headers={**HOST, "origin": "http://localhost:4000"})
    assert (answer.status, answer.headers["allow"], answer.json["code"]) == (405, allow, 12)
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_an_unknown_path_is_not_found(api):
    answer = await api.get("/api/\n")
    assert (answer.status, answer.json["message"]) == (404, r"there is no '/api/\n' in the reflection API")


@pytest.mark.parametrize("path", ["/api/runAction", "/api/cancelAction", "/api/notify"])
@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "body: expected JSON, got nothing"),
        (b"{", 400, "body: not valid JSON at line 1, column 2"),
        (b"[]", 400, "body: expected object, got array"),
        (b"[" * 10_000 + b"]" * 10_000, 400, "body: nested more than 128 levels deep"),
        (b'{"key": NaN}', 400, "body: not valid JSON at line 1, column 9"),
        (b"\xff", 400, "body: not valid UTF-8 at byte 0"),
        (b"x" * 30_000_001, 413, "the body is larger than 30000000 bytes"),
    ],
)
async def test_a_body_that_cannot_be_is_refused(api, path, body, status, said):
    """C25."""
    answer = await api.post(path, body)
    assert (answer.status, answer.json["message"], answer.json["details"]) == (status, said, {})


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
async def test_a_content_type_that_any_page_may_send_is_refused(api, content_type):
    headers = HOST if content_type is None else {**HOST, "content-type": content_type}
    answer = await api.post("/api/runAction", {"key": "/flow/greet", "input": "Ada"}, headers=headers)
    assert (answer.status, answer.json["code"]) == (415, 3)


@pytest.mark.parametrize("path", ["/api/runAction", "/api/actions", "/api/__health", "/api/__quitquitquit", "/nothing"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": ""},
        {"host": "evil.example"},
        {"host": "evil.example:3100"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "127.0.0.1:x"},
        {"host": "user@127.0.0.1"},
        {"host": "127.0.0.1/x"},
        {"host": "[::1"},
        {"host": "10.0.0.7:3100"},
        {"host": "127.0.0.1:3100", "origin": "http://evil.example"},
        {"host": "127.0.0.1:3100", "origin": "null"},
        {"host": "127.0.0.1:3100", "origin": "http://127.0.0.1.evil.example"},
        {"host": "127.0.0.1:3100", "sec-fetch-site": "cross-site"},
    ],
)
async def test_whoever_is_not_of_this_machine_is_refused(api, path, headers):
    answer = await AppRequest(path, headers={**headers, **JSON_HEADERS}, parts=[b"{}"]).play(api.app)
    assert (answer.status, answer.json["code"], api.ended) == (403, 7, 0)


@pytest.mark.parametrize(
    "host", ["localhost:3100", "127.0.0.1", "127.1.2.3:1", "[::1]:3100", "app.localhost", "LOCALHOST"]
)
@pytest.mark.parametrize("origin", [None, "http://localhost:4000", "http://127.0.0.1:4000"])
async def test_this_machine_has_several_names(api, host, origin):
    headers = {"host": host} if origin is None else {"host": host, "origin": origin, "sec-fetch-site": "same-site"}
    assert (await api.get("/api/__health", headers=headers)).status == 200


async def test_the_host_that_was_asked_for_is_a_name_too(api):
    ai = Genkit()
    async with open_runtime(ai.registry) as runtime:
        api.app = Api(ai, runtime, host="Dev.example").app
        assert (await api.get("/api/__health", headers={"host": "dev.example:3100"})).status == 200
        assert (await api.get("/api/__health", headers={"host": "other.example:3100"})).status == 403


@pytest.mark.parametrize("url", ["ftp://localhost", "http://a\nb", "localhost:4033"])
async def test_a_telemetry_server_without_an_http_url_is_refused(api, url):
    answer = await api.post("/api/notify", {"telemetryServerUrl": url})
    assert (answer.status, api.telemetry.urls) == (400, [])
    assert "telemetryServerUrl: expected an http URL, got " in answer.json["message"]


async def test_a_listing_that_fails_is_told_and_logged(api, caplog):
    ai = Genkit()
    ai.registry.set_value("defaultModel", "defaultModel", {"x": float("nan")})
    async with open_runtime(ai.registry) as runtime:
        api.app = Api(ai, runtime).app
        answer = await api.get("/api/values", "type=defaultModel")
    assert (answer.status, answer.json["code"]) == (500, 13)
    assert "stack" in answer.json["details"]
    assert "a request failed" in caplog.text


async def test_a_client_that_goes_before_its_body_has_come_is_not_answered(api):
    request = AppRequest("/api/notify", headers={**HOST, **JSON_HEADERS}, parts=[b"{", trio.Event()])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, api.app)
        await trio.testing.wait_all_tasks_blocked()
        request.disconnect()
    assert request.status == 0


async def test_a_web_socket_is_refused(api):
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    await api.app({"type": "websocket", "path": "/"}, receive, send)
    assert sent == [{"type": "websocket.close"}]


async def test_the_lifespan_opens_nothing(api):
    sent = []

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        sent.append(message["type"])

    await api.app({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
