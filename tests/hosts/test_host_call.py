"""Functions of asyncio, awaited on trio."""

import asyncio
from contextvars import copy_context

import pytest
import trio

from genkit_trio._hosts.host_call import Host
from tests.hosts.asyncio_host import hosting, in_asyncio


async def on_trio(fn):
    """Run an async function of trio as a guest of this loop."""
    done = []

    async def app(scope, receive, send):
        if scope["type"] == "http":
            done.append(await fn(Host(copy_context())))

    async with hosting(app) as guest:
        await guest({"type": "http"}, asyncio.Event().wait, None)
    return done[0]


@in_asyncio
async def test_the_value_is_returned():
    async def add(a, b):
        await asyncio.sleep(0)
        return a + b

    async def call(host):
        return await host.run(add, 1, 2)

    assert await on_trio(call) == 3


@in_asyncio
async def test_the_error_is_raised():
    async def fail():
        raise ValueError("oops")

    async def call(host):
        with pytest.raises(ValueError, match="oops"):
            await host.run(fail)

    await on_trio(call)


@in_asyncio
async def test_cancelling_cancels_the_hosts_task_and_waits_for_it():
    events = []

    async def wait():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # noqa: ASYNC102  # asyncio has no shields
            events.append("cleaned up")

    async def call(host):
        with trio.move_on_after(0.01) as scope:
            await host.run(wait)
        return scope.cancelled_caught

    assert await on_trio(call)
    assert events == ["cleaned up"]


@in_asyncio
async def test_a_value_that_comes_all_the_same_is_returned():
    """C2: the value of an awaited run is never thrown away."""

    async def insist():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:  # noqa: ASYNC103  # the point of the test
            return "value"  # noqa: ASYNC104  # as well

    async def call(host):
        with trio.move_on_after(0.01):
            return await host.run(insist)

    assert await on_trio(call) == "value"


@in_asyncio
async def test_a_task_that_its_host_cancels_is_an_aborted_connection():
    async def cancelled():
        raise asyncio.CancelledError

    async def call(host):
        with pytest.raises(ConnectionAbortedError):
            await host.run(cancelled)

    await on_trio(call)
