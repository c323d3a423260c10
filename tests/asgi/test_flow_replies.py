"""How a flow endpoint answers."""

from genkit_trio import Genkit, RunContext
from genkit_trio.asgi import flow_app
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, post


def failing() -> Genkit:
    ai = Genkit()

    @ai.flow
    async def fail(ctx: RunContext[int]) -> None:
        await ctx.send_chunk(1)
        raise ValueError("secret")

    return ai


async def test_an_error_frame_can_be_spelled_the_old_way():
    answer = await post(flow_app(failing(), legacy_error_frames=True), "/fail", headers=STREAM_HEADERS, parts=[b""])
    assert answer.body.startswith(b'data: {"message":1}\n\nerror: {"error":{"status":"INTERNAL",')
    assert answer.body.endswith(b"}}\n\n")


async def test_an_internal_error_is_logged_with_its_trace(caplog):
    answer = await post(flow_app(failing()), "/fail", headers=JSON_HEADERS, parts=[b""])
    assert answer.status == 500
    [record] = caplog.records
    assert "/flow/fail" in record.getMessage()
    assert answer.headers["x-genkit-trace-id"] in record.getMessage()
    assert "secret" in caplog.text


async def test_an_internal_error_before_any_run_is_logged(caplog):
    ai = Genkit()

    async def broken(key):
        raise ValueError("the plugin is broken")

    ai.registry.resolve = broken
    answer = await post(flow_app(ai), "/any")
    assert (answer.status, answer.json["status"]) == (500, "INTERNAL")
    assert "the plugin is broken" in caplog.text
    assert b"plugin" not in answer.body


async def test_details_that_are_no_json_are_left_out():
    """C22: the client is answered all the same."""
    from genkit_trio import PublicError

    ai = Genkit()

    @ai.flow
    async def fail() -> None:
        raise PublicError("ABORTED", "no", details=object())

    assert (await post(flow_app(ai), "/fail", parts=[b""])).json == {"status": "ABORTED", "message": "no"}
