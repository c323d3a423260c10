"""Leading an application through its lifespan."""

import logging

import pytest
import trio

from genkit_trio._hosts.led_lifespan import led_lifespan


async def test_it_is_started_up_and_shut_down():
    said = []

    async def app(scope, receive, send):
        said.append((await receive())["type"])
        await send({"type": "lifespan.startup.complete"})
        said.append((await receive())["type"])
        await send({"type": "lifespan.shutdown.complete"})
        said.append(sorted(scope))

    async with led_lifespan(app, None):
        said.append("block")
    assert said == ["lifespan.startup", "block", "lifespan.shutdown", ["asgi", "type"]]


async def test_an_application_without_a_lifespan_is_left_alone(caplog):
    caplog.set_level(logging.INFO)

    async def app(scope, receive, send):
        assert scope["type"] == "http"

    async with led_lifespan(app, None):
        pass
    assert "no lifespan" in caplog.text


async def test_an_application_that_returns_at_once_is_left_alone():
    async def app(scope, receive, send): ...

    async with led_lifespan(app, None):
        pass


@pytest.mark.parametrize(("given", "text"), [({"message": "no room"}, "no room"), ({}, "could not start")])
async def test_an_application_that_says_that_it_could_not_start(given, text):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", **given})

    with pytest.raises(RuntimeError, match=text):
        async with led_lifespan(app, None):
            pytest.fail("it has started")


async def test_an_application_that_says_that_it_could_not_shut_down_is_heard(caplog):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.failed", "message": "stuck"})

    async with led_lifespan(app, None):
        pass
    assert "could not shut down: stuck" in caplog.text


async def test_an_application_that_fails_later_ends_the_block():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        async with led_lifespan(app, None):
            await trio.sleep_forever()
