"""The server's side of a lifespan."""

import pytest
import trio

from genkit_trio import Genkit, open_runtime
from genkit_trio.asgi import flow_app
from genkit_trio.lowlevel import current_runtime, live_runs
from genkit_trio.testing import open_lifespan, open_request


async def test_what_the_lifespan_opens_is_open_in_the_block():
    ai = Genkit()
    async with open_lifespan(flow_app(ai)):
        assert current_runtime(ai.registry) is not None
    assert current_runtime(ai.registry) is None


async def test_the_end_of_the_block_is_waited_for(autojump_clock):
    ai = Genkit()

    @ai.flow(timeout=100, on_disconnect="detach")
    async def slow() -> None:
        await trio.sleep(10)

    app = flow_app(ai)
    async with open_lifespan(app), open_request(app, "/slow") as request:
        await trio.sleep(1)
        request.disconnect()
    assert live_runs() == ()
    assert trio.current_time() == pytest.approx(10)


async def test_an_application_that_does_not_start_is_an_error():
    async def silent(scope, receive, send):
        await receive()

    with pytest.raises(RuntimeError, match="did not start up: no answer"):
        async with open_lifespan(silent):
            pass


async def test_a_startup_that_fails_is_told_in_its_own_words(caplog):
    ai = Genkit()

    async def late(scope, receive, send):
        async with open_runtime(ai):
            await flow_app(ai)(scope, receive, send)

    async def failing(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no pool"})

    async with open_lifespan(late):
        assert current_runtime(ai.registry) is not None
    with pytest.raises(RuntimeError, match="did not start up: no pool"):
        async with open_lifespan(failing):
            pass


async def test_an_error_of_the_block_is_raised_after_the_shutdown():
    ai = Genkit()
    with pytest.raises(ValueError, match="mine"):
        async with open_lifespan(flow_app(ai)):
            raise ValueError("mine")
    assert current_runtime(ai.registry) is None
