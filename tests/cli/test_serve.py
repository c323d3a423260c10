"""``genkit-trio serve``, as a process that is sent signals."""

import signal

import pytest
import trio

from tests.cli.process import post, serving, started

pytestmark = pytest.mark.extra

SHOP = "tests.cli.shop:ai"
AT_ONCE = ("--drain-timeout", "0.1", "--cleanup-grace", "0.1")


def test_flows_are_served():
    with serving("serve", SHOP) as (_, url):
        assert post(f"{url}/greet", b'{"data": "Ada"}') == (200, '{"result":"Hello, Ada!"}')


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_server_at_rest_ends_with_0(signum):
    """C27: drained, the process ends with 0."""
    with serving("serve", SHOP) as (process, _):
        process.send_signal(signum)
        assert process.wait(timeout=20) == 0


async def test_what_runs_is_cancelled_after_the_drain():
    """C27: running ones get the drain timeout, are then cancelled, and their clients are told."""
    answers = []
    with serving("serve", SHOP, *AT_ONCE) as (process, url):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_collect, answers, f"{url}/wait")
            assert await trio.to_thread.run_sync(process.stdout.readline) == "waiting\n"
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        assert process.stdout.read() == "cleaned up\n"
    message = "/flow/wait was stopped because the server is shutting down"
    assert answers == [(503, f'{{"status":"UNAVAILABLE","message":"{message}"}}')]


async def test_what_will_not_end_is_named_and_ended_with_the_process():
    """C27: what is alive after the grace is logged, and the process ends with 1."""
    answers = []
    with serving("serve", SHOP, *AT_ONCE) as (process, url):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_collect, answers, f"{url}/ignore")
            assert await trio.to_thread.run_sync(process.stdout.readline) == "waiting\n"
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 1
        assert "/flow/ignore did not stop, trace " in process.stderr.read()
    assert [status for status, _ in answers] == [503]


@pytest.mark.parametrize(("second", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_second_signal_skips_the_waiting(second, code):
    """C27: 130 or 143 on a second signal."""
    with serving("serve", SHOP) as (process, url):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_lose, f"{url}/wait")
            assert await trio.to_thread.run_sync(process.stdout.readline) == "waiting\n"
            other = signal.SIGTERM if second is signal.SIGINT else signal.SIGINT
            process.send_signal(other)
            await _refused(url)
            process.send_signal(second)
        assert process.wait(timeout=20) == code


def test_an_address_in_use_is_a_sentence():
    with serving("serve", SHOP) as (_, url), started("serve", SHOP, "--port", url.rpartition(":")[2]) as process:
        _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert err.endswith(" is in use; stop what listens there, or choose another with --port\n")


def test_an_unknown_host_is_a_sentence():
    with started("serve", SHOP, "--host", "no such host") as process:
        _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert err == "Error: no such host:8000 is not an address that this machine knows; choose another with --host\n"


async def _collect(answers, url):
    answers.append(await trio.to_thread.run_sync(post, url))


async def _lose(url):
    with pytest.raises(OSError):  # noqa: PT011  # reset or closed: that depends on what the kernel does first
        await trio.to_thread.run_sync(post, url)


async def _refused(url):
    """Wait until the server has taken the first signal: it accepts no connection any more."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    with trio.fail_after(20):
        while True:
            try:
                stream = await trio.open_tcp_stream(host, int(port))
            except OSError:
                return
            await stream.aclose()
