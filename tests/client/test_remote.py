"""Remote actions: what goes out, what comes back, and what is told of what does not."""

import json

import attrs
import httpx2
import pytest
import trio

from genkit_trio import Genkit, GenkitError, PublicError, RemoteAction, RemoteOptions, Retry, RunContext, Status
from genkit_trio.asgi import flow_app
from tests.client.peer import CLOSE, END, EVENTS, answer, event, peer, piece, raw_answer
from tests.server.serving import serving


@attrs.frozen
class Page:
    text: str
    number: int = 1


def remote_at(url: str, **options) -> RemoteAction:
    return RemoteAction(url, input=str, output=str, chunk=int, **options)


async def test_a_flow_of_another_server_is_called_run_and_streamed_as_one_of_this_program():
    ai = Genkit()

    @ai.flow
    async def turn(page: Page, ctx: RunContext[str]) -> Page:
        await ctx.send_chunk(page.text)
        return Page(page.text.upper(), page.number + 1)

    async with serving(flow_app(ai), limits=None) as server:
        remote = RemoteAction(f"http://127.0.0.1:{server.port}/turn", input=Page, output=Page, chunk=str)
        assert remote.name == "turn"
        assert await remote(Page("a")) == Page("A", 2)
        assert (await remote.run(Page("b"))).output == Page("B", 2)
        async with remote.stream(Page("c", 4)) as stream:
            assert [chunk async for chunk in stream] == ["c"]
            assert await stream.output() == Page("C", 5)


async def test_a_flow_without_an_input_is_called_without():
    async with peer([answer({"result": "hello"})], [answer({})]) as there:
        remote = RemoteAction(there.url, output=object)
        assert await remote() == "hello"
        # So Genkit JS answers for a flow that returns nothing.
        assert await remote() is None
        assert [asked.json for asked in there.requests] == [{}, {}]


async def test_the_request_says_what_the_protocol_wants():
    async with peer([answer({"result": "a"})]) as there:
        await remote_at(there.url, remote=RemoteOptions(headers={"Authorization": "key"}))("x", init={"id": 1})
        [asked] = there.requests
    assert asked.line == "POST /there HTTP/1.1"
    assert asked.json == {"data": "x", "init": {"id": 1}}
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["authorization"] == "key"


async def test_what_is_left_of_the_callers_deadline_goes_out():
    """C7: in seconds."""
    async with peer([answer({"result": "a"})]) as there:
        with trio.fail_after(5):
            await remote_at(there.url, timeout=60)("x")
        assert 4 < float(there.requests[0].headers["x-request-timeout"]) < 5


async def test_without_a_deadline_none_goes_out_and_the_answer_may_take_its_time(autojump_clock):
    async def answer_late(request):
        assert "x-request-timeout" not in request.headers
        await trio.sleep(86_400)
        return httpx2.Response(200, json={"result": "a"})

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer_late)) as client:
        remote = remote_at("http://there/flow", remote=RemoteOptions(client=client))
        assert await remote("x") == "a"
        # Which no server takes for a timeout.
        with trio.fail_after(1e10):
            assert await remote("x") == "a"


async def test_the_context_leaves_the_process_only_when_asked_for():
    async with peer([answer({"result": "a"})], [answer({"result": "a"})]) as there:
        context = {"auth": {"user": "Žofie"}}
        await remote_at(there.url)("x", context=context)
        await remote_at(there.url, remote=RemoteOptions(context_header="x-context"))("x", context=context)
        assert "Žofie" not in str(there.requests[0])
        assert json.loads(there.requests[1].headers["x-context"]) == context


async def test_each_attempt_is_the_parent_of_what_it_calls():
    """C20: one span per attempt."""
    refusal = answer({"status": "UNAVAILABLE", "message": "busy"}, "503 Service Unavailable")
    async with peer([refusal], [answer({"result": "a"})]) as there:
        response = await remote_at(there.url, retry=Retry(backoff=0)).run("x")
        parents = [asked.headers["traceparent"].split("-") for asked in there.requests]
    assert [trace for _, trace, _, _ in parents] == [response.trace_id] * 2
    assert len({span for _, _, span, _ in parents} | {response.span_id}) == 3


async def test_a_wait_that_the_server_asks_for_is_kept(autojump_clock):
    """C20: an error's own time wins."""
    answers = [
        httpx2.Response(503, headers={"retry-after": "7"}, json={"status": "UNAVAILABLE", "message": "later"}),
        httpx2.Response(200, json={"result": "a"}),
    ]
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(lambda request: answers.pop(0))) as client:
        begun = trio.current_time()
        await remote_at("http://there/flow", remote=RemoteOptions(client=client), retry=Retry(backoff=100))("x")
        assert trio.current_time() - begun == 7


async def test_a_stream_is_not_tried_again_once_a_chunk_has_come():
    """C20: never after the first chunk."""
    async with peer([EVENTS + event({"message": 1}), CLOSE], [answer({"result": "a"})]) as there:
        async with remote_at(there.url, retry=Retry(backoff=0)).stream("x") as stream:
            assert await anext(stream) == 1
            with pytest.raises(GenkitError, match=r"incomplete|closed"):
                await stream.output()
        assert len(there.requests) == 1


async def test_an_input_of_another_type_is_not_sent():
    async with peer() as there:
        with pytest.raises(GenkitError, match=r"the input of http.*: expected string, got integer") as caught:
            await remote_at(there.url)(1)
        with pytest.raises(GenkitError, match="the init of http"):
            await remote_at(there.url)("x", init=object())
        with pytest.raises(GenkitError, match="the context of the call"):
            await remote_at(there.url, remote=RemoteOptions(context_header="c"))("x", context={"a": object()})
        assert caught.value.status is Status.INVALID_ARGUMENT
        assert there.connections == 0


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"result": 1}', "the output of http.* does not fit its type: expected string, got integer"),
        (b"<html>", "http.*: the server's answer is .*: b'<html>'"),
        (b"[]", "http.*: the server's answer is array, not an object"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_an_internal_error(body, message):
    async with peer([raw_answer(body)]) as there:
        with pytest.raises(GenkitError, match=message) as caught:
            await remote_at(there.url)("x")
        assert caught.value.status is Status.INTERNAL


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (b'data: {"message": "one"}\n\n', "a chunk of http.* does not fit its type: expected integer, got string"),
        (b'data: {"result": 1}\n\n', "the output of http.* does not fit its type"),
        (b'data: {"what": 1}\n\n', "has neither message, result nor error"),
        (b"data: {\n\n", "the server's answer is"),
    ],
)
async def test_a_stream_that_makes_no_sense_is_an_internal_error(frame, message):
    async with peer([EVENTS + piece(frame)]) as there:
        async with remote_at(there.url).stream("x") as stream:
            with pytest.raises(GenkitError, match=message) as caught:
                await stream.output()
        assert caught.value.status is Status.INTERNAL


async def test_an_answer_that_is_compressed_is_an_internal_error():
    async with peer([raw_answer(b"gzip", "200 OK", "content-encoding: gzip")]) as there:
        with pytest.raises(GenkitError, match="the answer is encoded as 'gzip'") as caught:
            await remote_at(there.url)("x")
        assert caught.value.status is Status.INTERNAL


async def test_a_failure_comes_back_with_its_status_message_and_details():
    ai = Genkit()

    @ai.flow
    async def fail(text: str) -> str:
        raise PublicError("FAILED_PRECONDITION", "čeká se", details={"on": ["a", 1]})

    async with serving(flow_app(ai), limits=None) as server:
        remote = remote_at(f"http://127.0.0.1:{server.port}/fail")
        with pytest.raises(GenkitError) as caught:
            await remote("x")
        assert not isinstance(caught.value, PublicError)
        async with remote.stream("x") as stream:
            with pytest.raises(GenkitError) as streamed:
                await stream.output()
    for error in (caught.value, streamed.value):
        assert (error.status, error.message) == (Status.FAILED_PRECONDITION, "čeká se")
        assert error.details == {"on": ["a", 1]}


@pytest.mark.parametrize("field", [b"data", b"error"])
async def test_an_error_after_chunks_is_raised_after_them(field):
    """C12: in both spellings of the frame."""
    failure = b'{"error": {"status": "DATA_LOSS", "message": "gone"}}'
    frames = event({"message": 1}) + event({"message": 2}) + piece(field + b": " + failure + b"\n\n")
    async with peer([EVENTS + frames + END]) as there:
        received = []
        async with remote_at(there.url).stream("x") as stream:
            with pytest.raises(GenkitError, match="gone") as caught:
                async for chunk in stream:
                    received.append(chunk)
    assert received == [1, 2]
    assert caught.value.status is Status.DATA_LOSS


async def test_a_server_that_is_not_there_is_unavailable():
    async with peer() as there:
        pass
    with pytest.raises(GenkitError, match=r"http.* could not be asked: ") as caught:
        await remote_at(there.url)("x")
    assert caught.value.status is Status.UNAVAILABLE


@pytest.mark.parametrize(
    "script",
    [
        [CLOSE],
        [b"HTTP/1.1 200 OK\r\ncontent-", CLOSE],
        [b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", CLOSE],
        [b"what?\r\n\r\n"],
        [EVENTS + event({"message": 1}), CLOSE],
        [EVENTS + event({"message": 1}) + piece(b'data: {"result'), CLOSE],
        [EVENTS + event({"message": 1}) + END],
        [b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n", CLOSE],
    ],
    ids=range(8),
)
async def test_an_answer_that_breaks_off_is_unavailable(script):
    async with peer(script) as there:
        async with remote_at(there.url).stream("x") as stream:
            with pytest.raises(GenkitError) as caught:
                await stream.output()
        assert caught.value.status is Status.UNAVAILABLE


async def test_the_text_of_who_does_not_speak_the_protocol_is_in_the_error():
    async with peer([raw_answer(b"<h1>Bad Gateway</h1>", "502 Bad Gateway")]) as there:
        with pytest.raises(GenkitError, match="the server answered 502: '<h1>Bad Gateway</h1>'") as caught:
            await remote_at(there.url)("x")
        assert caught.value.status is Status.UNAVAILABLE


async def test_a_redirect_is_not_followed():
    async with peer([answer({}, "308 Permanent Redirect", "location: http://elsewhere/there")]) as there:
        with pytest.raises(GenkitError, match="leads to 'http://elsewhere/there'") as caught:
            await remote_at(there.url)("x")
        assert caught.value.status is Status.FAILED_PRECONDITION


@pytest.mark.parametrize(
    "script", [[raw_answer(b'{"result": "' + b"a" * 2000 + b'"}')], [EVENTS + event({"message": "a" * 2000})]]
)
async def test_an_answer_larger_than_allowed_is_given_up(script):
    async with peer(script) as there:
        async with remote_at(there.url, remote=RemoteOptions(max_answer=1000)).stream("x") as stream:
            with pytest.raises(GenkitError, match="larger than 1000 bytes") as caught:
                await stream.output()
        assert caught.value.status is Status.INTERNAL
        await there.until(lambda there: there.closed)


async def test_a_stream_asked_for_may_be_answered_whole():
    whole = answer({"result": "a"}, "200 OK", "content-type: application/json")
    async with peer([whole]) as there, remote_at(there.url).stream("x") as stream:
        assert await stream.output() == "a"


async def test_signs_of_life_are_no_part_of_the_stream():
    frames = piece(b": ping\r\n\r\n") * 50 + event({"message": 1}) + piece(b"event: end\r\n") + event({"result": "a"})
    small = RemoteOptions(max_answer=60)
    async with peer([EVENTS + frames + END]) as there, remote_at(there.url, remote=small).stream("x") as stream:
        assert [chunk async for chunk in stream] == [1]
        assert await stream.output() == "a"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("there/flow", "give the address of a flow"),
        ("ftp://there/flow", "give the address of a flow"),
        ("http:///flow", "give the address of a flow"),
        ("http://there/a\nb", "give the address of a flow"),
        ("http://there:port/flow", "which is no address: Port"),
        ("http://there..example/flow", "which is no address: .*label"),
        ("http://[::1/flow", "Invalid IPv6 URL"),
        ("http://me:secret@there/flow", "has a user in it"),
    ],
)
def test_what_is_no_address_of_a_flow_is_refused_where_it_is_written(url, message):
    with pytest.raises(ValueError, match=message) as caught:
        RemoteAction(url, output=str)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"headers": {"x y": "a"}}, "'x y' is no name of a header"),
        ({"headers": {"x": "secret\r\ny: b"}}, "the value of the header 'x' cannot be sent"),
        ({"headers": {"x": "tajemství"}}, "the value of the header 'x' cannot be sent"),
        ({"context_header": ""}, "'' is no name of a header"),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused_where_it_is_written(options, message):
    with pytest.raises(ValueError, match=message) as caught:
        RemoteOptions(**options)
    assert "secret" not in str(caught.value)


def test_a_remote_action_is_described_as_any_other():
    remote = RemoteAction("http://there/deep/flow/", input=str, output=int, name="mine")
    assert remote.describe() == {
        "key": "/flow/mine",
        "name": "mine",
        "description": "The flow at http://there/deep/flow/.",
        "inputSchema": {"type": "string"},
        "outputSchema": {"type": "integer"},
    }
    assert RemoteAction("http://there/deep/flow/", output=str).name == "flow"
    assert RemoteAction("http://there:1/", output=str).name == "there:1"
