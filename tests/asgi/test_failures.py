"""What a client is told of a run that fails."""

import pytest
import trio

from genkit_trio import Genkit, GenkitError, PublicError, RunContext, Status
from genkit_trio.asgi import flow_app
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, post

FAILURES = {
    "not public": (GenkitError("NOT_FOUND", "secret"), 404, "NOT_FOUND", Status.NOT_FOUND.sentence),
    "public": (PublicError("ABORTED", "try again"), 409, "ABORTED", "try again"),
    "trio's timeout": (trio.TooSlowError(), 504, "DEADLINE_EXCEEDED", Status.DEADLINE_EXCEEDED.sentence),
    "a timeout": (TimeoutError("secret"), 504, "DEADLINE_EXCEEDED", Status.DEADLINE_EXCEEDED.sentence),
    "anything": (ValueError("secret"), 500, "INTERNAL", Status.INTERNAL.sentence),
    "a group": (ExceptionGroup("g", [ValueError("secret"), KeyError()]), 500, "INTERNAL", Status.INTERNAL.sentence),
    "a group of one": (ExceptionGroup("g", [PublicError("ABORTED", "try")]), 409, "ABORTED", "try"),
}


@pytest.mark.parametrize("accept", [JSON_HEADERS, STREAM_HEADERS])
@pytest.mark.parametrize(("error", "http", "status", "message"), FAILURES.values(), ids=FAILURES)
async def test_a_failure_before_the_first_chunk_has_its_http_status(error, http, status, message, accept):
    """C23: unary and streaming alike."""
    ai = Genkit()

    @ai.flow
    async def fail() -> None:
        raise error

    answer = await post(flow_app(ai), "/fail", headers=accept, parts=[b""])
    assert answer.error == (http, status, message)
    assert list(answer.json) == ["status", "message"]
    assert b"secret" not in answer.body


@pytest.mark.parametrize(("error", "http", "status", "message"), FAILURES.values(), ids=FAILURES)
async def test_a_failure_after_a_chunk_is_the_last_frame(error, http, status, message):
    """C22: the chunks that were sent, then exactly one error."""
    ai = Genkit()

    @ai.flow
    async def fail(ctx: RunContext[str]) -> None:
        await ctx.send_chunk("ä")
        raise error

    answer = await post(flow_app(ai), "/fail", headers=STREAM_HEADERS, parts=[b""])
    assert answer.status == 200
    assert answer.frames == [{"message": "ä"}, {"error": {"status": status, "message": message}}]


async def test_the_details_of_a_public_error_are_sent_and_those_of_others_are_not():
    ai = Genkit()

    @ai.flow
    async def fail(public: bool) -> None:
        raise (PublicError if public else GenkitError)("ABORTED", "no", details={"a": [1]})

    assert (await post(flow_app(ai), "/fail", True)).json["details"] == {"a": [1]}
    assert "details" not in (await post(flow_app(ai), "/fail", False)).json


@pytest.mark.parametrize(("wait", "header"), [(None, None), (3, "3"), (0.2, "1"), (2.5, "2"), (2.6, "3")])
async def test_the_time_to_wait_goes_along_as_a_header(wait, header):
    ai = Genkit()

    @ai.flow
    async def fail() -> None:
        raise PublicError("UNAVAILABLE", "later", retry_after=wait)

    answer = await post(flow_app(ai), "/fail", parts=[b""])
    assert answer.status == 503
    assert answer.headers.get("retry-after") == header


@pytest.mark.parametrize("wait", [float("inf"), float("nan"), 1e300, -1])
async def test_a_time_to_wait_that_makes_no_sense_harms_nobody(wait):
    """C22: a client that is there is answered."""
    ai = Genkit()

    @ai.flow
    async def fail() -> None:
        raise PublicError("UNAVAILABLE", "later", retry_after=wait)

    assert (await post(flow_app(ai), "/fail", parts=[b""])).status == 503


@pytest.mark.parametrize("accept", [JSON_HEADERS, STREAM_HEADERS])
async def test_an_output_that_does_not_fit_its_type_is_500(accept):
    ai = Genkit()

    @ai.flow
    async def liar() -> int:
        return "secret"

    @ai.flow
    async def infinite() -> float:
        return float("inf")

    for path in ("/liar", "/infinite"):
        answer = await post(flow_app(ai), path, headers=accept, parts=[b""])
        assert answer.error == (500, "INTERNAL", Status.INTERNAL.sentence)


async def test_a_chunk_that_does_not_fit_its_type_fails_the_run():
    ai = Genkit()

    @ai.flow
    async def liar(ctx: RunContext[int]) -> None:
        await ctx.send_chunk(1)
        await ctx.send_chunk("secret")

    answer = await post(flow_app(ai), "/liar", headers=STREAM_HEADERS, parts=[b""])
    assert answer.frames[-1]["error"]["status"] == "INTERNAL"
    assert b"secret" not in answer.body


async def test_the_text_of_an_error_is_shown_only_where_it_was_asked_for():
    ai = Genkit()

    @ai.flow
    async def fail() -> None:
        raise ValueError("what happened")

    assert b"what happened" in (await post(flow_app(ai, expose_errors=True), "/fail", parts=[b""])).body
    assert b"what happened" not in (await post(flow_app(ai, expose_errors=False), "/fail", parts=[b""])).body


async def test_nothing_from_the_network_is_echoed_unescaped():
    """C25: neither in an error nor in a header."""
    ai = Genkit()

    @ai.flow
    async def echo(value: object) -> object:
        return value

    bad = "x\r\nset-cookie: a=b\x1b[31m"
    for answer in (
        await post(flow_app(ai), "/" + bad, None),
        await post(flow_app(ai), "/echo", None, method=bad),
        await post(flow_app(ai), "/echo", None, headers={"content-type": bad}),
        await post(flow_app(ai), "/echo", None, headers={**JSON_HEADERS, "x-request-timeout": bad}),
    ):
        assert answer.status in (400, 404, 405, 415)
        assert not {"\r", "\n", "\x1b"} & set(answer.json["message"])
        assert "set-cookie" not in answer.headers
