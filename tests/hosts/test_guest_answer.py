"""Answers that are given without waiting, and sent by the host."""

import asyncio
import math

import pytest
import trio

from genkit_trio._hosts import guest_answer
from tests.hosts.asyncio_host import HostRequest, hosting, in_asyncio, never, until


class Told:
    """A listener that notes what it is told, and by which loop."""

    def __init__(self):
        self.told = []
        self.changed = trio.Event()

    def __getattr__(self, name):
        def note():
            trio.lowlevel.current_task()  # raises outside trio
            self.told.append(name.removeprefix("on_"))
            self.changed.set()

        return note


@pytest.fixture
def told() -> Told:
    return Told()


def application(fn):
    """Make an application of what answers a request directly."""

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await fn(scope["extensions"]["genkit_trio.direct"])

    return app


def messages(request):
    return [(message.get("status", 0), message.get("body", b"")) for message in request.sent]


@in_asyncio
async def test_parts_are_sent_in_order_and_all_before_the_request_ends():
    async def answer(direct):
        direct.send_nowait(200, [(b"a", b"b")], b"one", more_body=True)
        direct.send_nowait(0, (), b"two", more_body=True)
        await trio.lowlevel.checkpoint()
        direct.send_nowait(0, (), b"three", more_body=False)

    async with hosting(application(answer)) as app:
        request = await HostRequest("/", on_send=lambda: asyncio.sleep(0.01)).play(app)
    assert messages(request) == [(200, b""), (0, b"one"), (0, b"two"), (0, b"three")]
    assert request.sent[0]["headers"] == [(b"a", b"b")]


@in_asyncio
async def test_an_answer_that_the_server_has_not_sent_is_waited_for(told):
    """C14: and the application is told when it may go on."""
    kept_up = []

    async def answer(direct):
        assert direct.listen(told, 10)
        kept_up.append(direct.send_nowait(200, (), b"a", more_body=True))
        kept_up.append(direct.send_nowait(0, (), b"b", more_body=True))
        await told.changed.wait()
        kept_up.append(direct.send_nowait(0, (), b"c", more_body=False))

    async with hosting(application(answer)) as app:
        await HostRequest("/").play(app)
    assert kept_up == [True, False, True]
    assert told.told == ["room"]


@in_asyncio
async def test_a_host_whose_tasks_begin_at_once_sends_everything_too():
    """Those of Python 3.12 and later can."""
    asyncio.get_running_loop().set_task_factory(getattr(asyncio, "eager_task_factory", None))

    async def answer(direct):
        assert direct.send_nowait(200, (), b"a", more_body=True)
        await trio.lowlevel.checkpoint()
        assert direct.send_nowait(0, (), b"b", more_body=False)

    async with hosting(application(answer)) as app:
        request = await HostRequest("/").play(app)
    assert messages(request) == [(200, b""), (0, b"a"), (0, b"b")]


@in_asyncio
async def test_nothing_is_told_when_the_client_keeps_up(told):
    async def answer(direct):
        direct.listen(told, 10)
        direct.send_nowait(200, (), b"a", more_body=False)

    async with hosting(application(answer)) as app:
        await HostRequest("/").play(app)
    assert told.told == []


@in_asyncio
async def test_a_client_that_goes_is_told_once(told):
    """C21: and what is said then is for nobody."""
    results = []

    async def answer(direct):
        direct.listen(told, 10)
        direct.send_nowait(200, (), b"a", more_body=True)
        await told.changed.wait()
        results.append(direct.listen(told, 10))
        results.append(direct.send_nowait(0, (), b"b", more_body=False))

    async with hosting(application(answer)) as app:
        request = HostRequest("/")
        task = asyncio.create_task(request.play(app))
        await request.wait_sent(b"a")
        request.gone.set()
        await task
    assert told.told == ["disconnect"]
    assert results == [False, True]
    assert messages(request) == [(200, b""), (0, b"a")]


@in_asyncio
async def test_a_client_that_does_not_read_is_told_and_cut_off(told):
    """C25: each write has its time."""

    async def answer(direct):
        direct.listen(told, 0.02)
        direct.send_nowait(200, (), b"a", more_body=True)
        await told.changed.wait()

    async with hosting(application(answer)) as app:
        request = await HostRequest("/", on_send=never).play(app)
    assert told.told == ["stall"]
    assert messages(request) == [(200, b"")]


@in_asyncio
async def test_a_client_that_stalls_at_the_end_does_not_keep_the_request(monkeypatch):
    """C25: although the application has returned."""
    monkeypatch.setattr(guest_answer, "WRITE_TIMEOUT", 0.02)

    async def answer(direct):
        direct.send_nowait(200, (), b"a", more_body=False)

    async with hosting(application(answer)) as app:
        await HostRequest("/", on_send=never).play(app)


@in_asyncio
async def test_a_client_that_is_slow_at_each_write_has_not_stalled(told):
    async def answer(direct):
        direct.listen(told, 0.05)
        for _ in range(5):
            direct.send_nowait(0, (), b"a", more_body=True)
        await told.changed.wait()

    async with hosting(application(answer)) as app:
        await HostRequest("/", on_send=lambda: asyncio.sleep(0.03)).play(app)
    assert told.told == ["room"]


@in_asyncio
async def test_a_stream_that_rests_has_not_stalled(told):
    async def answer(direct):
        direct.listen(told, 0.01)
        direct.send_nowait(200, (), b"a", more_body=True)
        with trio.move_on_after(0.05):
            await told.changed.wait()
        direct.send_nowait(0, (), b"b", more_body=False)

    async with hosting(application(answer)) as app:
        request = await HostRequest("/").play(app)
    assert told.told == []
    assert request.body == b"ab"


@pytest.mark.parametrize(("error", "logged"), [(ConnectionResetError(), False), (RuntimeError("odd"), True)])
@in_asyncio
async def test_an_error_of_the_server_is_a_client_that_has_gone(told, caplog, error, logged):
    """C21: and is logged where it is a defect."""

    async def answer(direct):
        direct.listen(told, 10)
        direct.send_nowait(200, (), b"a", more_body=True)
        await told.changed.wait()

    async def fail():
        raise error

    async with hosting(application(answer)) as app:
        await HostRequest("/", on_send=fail).play(app)
    assert told.told == ["disconnect"]
    assert ("could not send" in caplog.text) == logged


@in_asyncio
async def test_the_alarm_comes_at_its_time(told):
    """Not before it, by trio's clock; the last one that was set, and none without a time."""
    times = []

    async def answer(direct):
        direct.listen(told, 10)
        direct.set_alarm(trio.current_time())
        direct.set_alarm(math.inf)
        direct.set_alarm(trio.current_time() + 10)
        times.append(trio.current_time() + 0.02)
        direct.set_alarm(times[0])
        await told.changed.wait()
        times.append(trio.current_time())

    async with hosting(application(answer)) as app:
        await HostRequest("/").play(app)
    assert told.told == ["alarm"]
    assert times[0] <= times[1] < times[0] + 1


@in_asyncio
async def test_an_alarm_that_the_host_brings_too_early_is_set_again(told):
    async def answer(direct):
        direct.listen(told, 10)
        when = trio.current_time() + 0.02
        direct._ring(when)
        assert told.told == []
        await told.changed.wait()
        assert trio.current_time() >= when

    async with hosting(application(answer)) as app:
        await HostRequest("/").play(app)
    assert told.told == ["alarm"]


@in_asyncio
async def test_an_alarm_after_the_end_is_told_to_nobody(told):
    kept = []

    async def answer(direct):
        direct.listen(told, 10)
        kept.append(direct)

    async with hosting(application(answer)) as app:
        await HostRequest("/").play(app)
        kept[0]._ring(0)
        kept[0].stop()
    assert told.told == []


@in_asyncio
async def test_callbacks_come_soon_and_a_little_later():
    called = []

    async def answer(direct):
        started = trio.current_time()
        done = trio.Event()
        direct.call_later(lambda: (called.append(("later", trio.current_time() - started)), done.set()))
        direct.call_soon(lambda: called.append(("soon", trio.current_time() - started)))
        assert called == []
        await done.wait()

    async with hosting(application(answer)) as app:
        await HostRequest("/").play(app)
    assert [name for name, _ in called] == ["soon", "later"]


@in_asyncio
async def test_the_end_of_the_server_is_told_and_waits_for_the_last_words(told):
    """C22, C27."""

    async def answer(direct):
        direct.listen(told, 10)
        with trio.CancelScope(shield=True):
            await told.changed.wait()
        direct.send_nowait(503, (), b"stopped", more_body=False)

    async with hosting(application(answer)) as app:
        request = HostRequest("/", on_send=lambda: asyncio.sleep(0.01))
        task = asyncio.create_task(request.play(app))
        await asyncio.sleep(0.01)
        task.cancel()
        await task
    assert told.told == ["stop"]
    assert messages(request) == [(503, b""), (0, b"stopped")]


@pytest.mark.parametrize("again", [False, True], ids=["in time", "at once"])
@in_asyncio
async def test_last_words_that_nobody_takes_do_not_keep_a_server(monkeypatch, again):
    """C28: not for long, and not when it says so again."""
    monkeypatch.setattr(guest_answer, "LAST_WORDS", 10 if again else 0.02)

    async def answer(direct):
        direct.send_nowait(200, (), b"a", more_body=False)

    async with hosting(application(answer)) as app:
        request = HostRequest("/", on_send=never)
        task = asyncio.create_task(request.play(app))
        await until(lambda: request.sent)
        for _ in range(2 if again else 1):
            for _ in range(10):
                await asyncio.sleep(0)
            task.cancel()
        await task
    assert messages(request) == [(200, b"")]
