"""Context providers: who is calling, found out from the request before anything runs."""

import json

import pytest
import trio

from genkit_trio import Genkit, GenkitError, PublicError, RunContext, current_context
from genkit_trio._tracing import recording
from genkit_trio.asgi import RequestData, api_key, flow_app
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, AppRequest, post

BOTH = pytest.mark.parametrize("headers", [JSON_HEADERS, STREAM_HEADERS], ids=["unary", "streaming"])


@pytest.fixture
def started() -> list[object]:
    return []


@pytest.fixture
def ai(started) -> Genkit:
    ai = Genkit()

    @ai.flow
    async def inner() -> str:
        return json.dumps(dict(current_context()))

    @ai.flow
    async def who(data: object, ctx: RunContext[str]) -> str:
        started.append(data)
        with pytest.raises(TypeError):
            ctx.context["auth"] = "mine"
        assert await inner() == json.dumps(dict(ctx.context))
        return json.dumps(dict(ctx.context))

    return ai


async def context_told(ai, *providers, **options) -> object:
    answer = await post(flow_app(ai, context=providers), "/who", {"a": 1}, **options)
    assert answer.status == 200, answer.body
    return json.loads(answer.json["result"])


async def refusal(ai, *providers, headers=JSON_HEADERS) -> tuple[int, str, str]:
    return (await post(flow_app(ai, context=providers), "/who", headers=headers)).error


async def test_without_a_provider_the_context_is_empty(ai):
    assert await context_told(ai) == {}


async def test_what_a_provider_says_is_the_context_of_the_run_and_of_those_below(ai):
    assert await context_told(ai, lambda request: {"auth": {"user": "Ada"}}) == {"auth": {"user": "Ada"}}


async def test_a_provider_may_be_async_and_several_are_merged_in_order(ai):
    async def later(request):
        await trio.lowlevel.checkpoint()
        return {"b": 2, "c": 2}

    assert await context_told(ai, lambda request: {"a": 1, "b": 1}, later) == {"a": 1, "b": 2, "c": 2}


async def test_a_provider_sees_the_request(ai):
    seen: list[RequestData] = []

    def provide(request):
        seen.append(request)
        return {}

    headers = {**JSON_HEADERS, "X-Name": "Ada"}
    await context_told(ai, provide, headers=headers)
    several = AppRequest("/who", headers=headers, parts=[b""])
    several.scope["headers"].append((b"x-name", b"Bob"))
    await several.play(flow_app(ai, context=[provide]))
    assert [request.method for request in seen] == ["POST", "POST"]
    assert [request.input for request in seen] == [{"a": 1}, None]
    assert [request.headers["x-name"] for request in seen] == ["Ada", "Ada, Bob"]


@BOTH
async def test_the_refusal_of_a_provider_is_the_answer_and_nothing_runs(ai, started, headers):
    """C23: in stream mode too, with the HTTP status."""

    async def provide(request):
        raise PublicError("PERMISSION_DENIED", "not you")

    assert await refusal(ai, provide, headers=headers) == (403, "PERMISSION_DENIED", "not you")
    assert started == []


async def test_what_a_provider_fails_with_is_not_told(ai, started):
    def fail(request):
        raise GenkitError("UNAVAILABLE", "the database at 10.0.0.1 is down")

    assert await refusal(ai, fail) == (503, "UNAVAILABLE", "the service is not available; try again later")
    assert started == []


async def test_a_provider_that_returns_no_mapping_is_a_defect(ai, started, caplog):
    assert await refusal(ai, lambda request: None) == (500, "INTERNAL", "an internal error occurred")
    assert "a context provider returned 'NoneType'; it returns a mapping" in caplog.text
    assert started == []


async def test_a_provider_counts_against_the_deadline(ai, started, autojump_clock):
    """C7."""

    async def slow(request):
        await trio.sleep_forever()

    headers = {**JSON_HEADERS, "x-request-timeout": "3"}
    status, name, message = await refusal(ai, slow, headers=headers)
    assert (status, name) == (504, "DEADLINE_EXCEEDED")
    assert message == "the deadline passed before it was known who is calling"
    assert trio.current_time() == pytest.approx(3)
    assert started == []


async def test_the_input_is_checked_only_for_who_may_call(ai):
    ai.flow(name="typed")(_typed)
    app = flow_app(ai, context=[api_key("k")])
    assert (await post(app, "/typed", "text")).status == 401
    assert (await post(app, "/typed", "text", headers={**JSON_HEADERS, "authorization": "k"})).status == 400


async def _typed(number: int) -> int:
    return number


@pytest.mark.parametrize("expected", ["key", ["old", "key"], ["key", "old"]])
async def test_a_client_with_the_key_is_known_by_it(ai, expected):
    headers = {**JSON_HEADERS, "Authorization": "key"}
    assert await context_told(ai, api_key(expected), headers=headers) == {"auth": {"apiKey": "key"}}


@pytest.mark.parametrize(
    "given", ["other", "ke", "keyy", "KEY", "Bearer key", "key, key", "kľúč".encode().decode("latin-1")]
)
async def test_a_client_with_another_key_is_refused(ai, started, given):
    headers = {**JSON_HEADERS, "authorization": given}
    assert await refusal(ai, api_key("key"), headers=headers) == (
        403,
        "PERMISSION_DENIED",
        "the API key is not the right one",
    )
    assert started == []


@pytest.mark.parametrize("headers", [JSON_HEADERS, {**JSON_HEADERS, "authorization": ""}])
async def test_a_client_without_a_key_is_refused(ai, started, headers):
    status, name, message = await refusal(ai, api_key("key"), headers=headers)
    assert (status, name) == (401, "UNAUTHENTICATED")
    assert message == "the header Authorization is missing; send the API key in it"
    assert started == []


@pytest.mark.parametrize("expected", ["", [], ["key", ""]])
def test_a_key_that_everybody_has_is_refused_where_it_is_written(expected):
    with pytest.raises(ValueError, match="empty key"):
        api_key(expected)


class _Spans:
    def __init__(self):
        self.attributes = []

    def started(self, span):
        self.attributes.append(dict(span.attributes))

    ended = started


async def test_the_key_is_in_no_span():
    ai = Genkit()
    seen = []

    @ai.flow
    async def flow(ctx: RunContext[str]) -> None:
        seen.append(ctx.context["auth"])

    spans = _Spans()
    with recording(spans):
        headers = {**JSON_HEADERS, "authorization": "open sesame"}
        await post(
            flow_app(ai, context=[api_key("open sesame"), lambda request: {"tenant": 7}]), "/flow", headers=headers
        )
    assert seen == [{"apiKey": "open sesame"}]
    assert "tenant" in str(spans.attributes)
    assert "sesame" not in str(spans.attributes)


TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@BOTH
async def test_the_run_joins_the_trace_of_its_caller(ai, headers):
    answer = await post(flow_app(ai), "/who", headers={**headers, "traceparent": f"00-{TRACE}-{SPAN}-01"})
    assert answer.headers["x-genkit-trace-id"] == TRACE
    assert answer.headers["x-genkit-span-id"] != SPAN


async def test_a_trace_that_cannot_be_read_is_a_new_one(ai):
    answer = await post(flow_app(ai), "/who", headers={**JSON_HEADERS, "traceparent": f"00-{TRACE}-{SPAN}"})
    assert answer.status == 200
    assert answer.headers["x-genkit-trace-id"] != TRACE
