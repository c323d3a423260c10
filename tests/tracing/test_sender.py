"""Sending to a telemetry server that is slow, broken or away, and what runs feel of it."""

import logging
from itertools import pairwise

import httpx2
import pytest
import trio
import trio.testing

from genkit_trio._tracing import SpanExporter
from genkit_trio._tracing.collector import Collector
from tests.tracing.exporting import broken, echo, exporter_to, hanging, idle, parent, running
from tests.tracing.telemetry_server import URL, TelemetryServer


async def test_a_server_can_be_replaced_by_another(autojump_clock, caplog):
    async def only_the_second(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200 if request.url.host == "second.test" else 500)

    exporter = SpanExporter("", realtime=False, transport=httpx2.MockTransport(only_the_second))
    async with running(exporter):
        for url in ("http://first.test", "http://first.test", "http://third.test", "http://second.test"):
            exporter.set_url(url)
            await echo("x")
            await trio.sleep(3)
    assert (exporter.failed, exporter.exported) == (3, 1)
    assert [record.args[0] for record in caplog.records] == ["http://first.test", "http://third.test"]


async def test_a_full_queue_drops_the_newest_spans_counts_them_and_says_so_once(autojump_clock, caplog):
    server = TelemetryServer(hanging(1))
    exporter = exporter_to(server, queue=2)
    async with running(exporter):
        await echo("sent")
        await idle()
        for number in range(5):
            await echo(str(number))
        assert exporter.dropped == 3
        await trio.sleep(10)
        for number in range(5):
            await echo(str(number))
        await trio.sleep(10)
    assert exporter.exported == 5
    assert exporter.dropped == 6
    said = [record.getMessage() for record in caplog.records]
    assert said == ["3 spans were not sent to the telemetry server: there was no room or no time"]


@pytest.mark.parametrize("trouble", [broken, hanging()], ids=["500", "slow"])
async def test_a_bad_server_never_delays_a_run(trouble, autojump_clock):
    exporter = exporter_to(TelemetryServer(trouble), realtime=True)
    async with running(exporter):
        for number in range(100):
            before = trio.current_time()
            await parent(number)
            assert trio.current_time() == before
        await trio.sleep(30)
    assert exporter.exported == 0
    assert exporter.failed > 0


async def test_a_bad_server_is_complained_of_once(autojump_clock, caplog):
    exporter = exporter_to(TelemetryServer(broken))
    async with running(exporter):
        for _ in range(5):
            await echo("x")
            await trio.sleep(2)
    [record] = caplog.records
    assert record.name == "genkit_trio.telemetry"
    assert record.getMessage().startswith(f"the telemetry server {URL} does not take what it is sent (HTTPStatusError:")
    assert exporter.failed == 5


async def test_attempts_become_rare_while_they_fail(autojump_clock):
    attempts: list[float] = []

    async def note(path: str) -> int:
        attempts.append(trio.current_time())
        return 500

    async with running(exporter_to(TelemetryServer(note))):
        for number in range(100):
            await echo(str(number))
        await trio.sleep(10)
        pauses = [later - earlier for earlier, later in pairwise(attempts)]
        assert pauses[:6] == pytest.approx([0, 0.1, 0.2, 0.4, 0.8, 1.0])
        assert pauses[6:] == pytest.approx([1.0] * len(pauses[6:]))


async def test_a_request_takes_five_seconds_at_most(autojump_clock):
    exporter = exporter_to(TelemetryServer(hanging()))
    async with running(exporter):
        await echo("x")
        await trio.sleep(4.9)
        assert exporter.failed == 0
        await trio.sleep(0.2)
        assert exporter.failed == 1


async def test_flush_returns_when_the_trace_was_sent(autojump_clock):
    server = TelemetryServer(hanging(0.1))
    exporter = exporter_to(server)
    async with running(exporter):
        for _ in range(5):
            await echo("others")
        response = await echo.run("mine")
        await idle()
        before = trio.current_time()
        await exporter.flush(response.trace_id)
        # It is sent after the one that is on its way, and before the four others.
        assert response.trace_id in server.traces
        assert trio.current_time() - before == pytest.approx(0.2)


async def test_flush_waits_for_what_is_on_its_way(autojump_clock):
    server = TelemetryServer(hanging(0.2))
    exporter = exporter_to(server, realtime=True)
    async with running(exporter):
        response = await echo.run("mine")
        await trio.sleep(0.1)
        before = trio.current_time()
        await exporter.flush(response.trace_id)
        assert trio.current_time() - before == pytest.approx(0.1)
        assert response.trace_id in server.traces


async def test_flush_of_an_unknown_trace_waits_for_nothing(autojump_clock):
    exporter = exporter_to(TelemetryServer(hanging()))
    async with running(exporter):
        await echo("others")
        await idle()
        before = trio.current_time()
        with trio.testing.assert_checkpoints():
            await exporter.flush("0" * 32)
        assert trio.current_time() == before


async def test_flush_takes_250_milliseconds_at_most(autojump_clock):
    exporter = exporter_to(TelemetryServer(hanging()))
    async with running(exporter):
        response = await echo.run("x")
        before = trio.current_time()
        await exporter.flush(response.trace_id)
        assert trio.current_time() - before == pytest.approx(0.24)


async def test_flush_waits_for_nothing_after_two_failures_until_a_request_succeeds(autojump_clock):
    statuses = [500, 500, 500, 200]

    async def before(path: str) -> int:
        await trio.sleep(0.01)
        return statuses.pop(0) if statuses else 200

    server = TelemetryServer(before)
    exporter = exporter_to(server)
    waited = []
    async with running(exporter):
        for _ in range(6):
            response = await echo.run("x")
            start = trio.current_time()
            await exporter.flush(response.trace_id)
            waited.append(trio.current_time() - start)
            await trio.sleep(5)
    assert waited == pytest.approx([0.01, 0.01, 0, 0, 0.01, 0.01])
    assert (exporter.failed, exporter.exported) == (3, 3)


async def test_what_waits_at_the_end_is_sent(autojump_clock):
    server = TelemetryServer(hanging(0.1))
    exporter = exporter_to(server)
    async with running(exporter):
        for number in range(5):
            await echo(str(number))
        await idle()
    assert len(server.traces) == exporter.exported == 5
    assert exporter.dropped == 0


async def test_the_end_waits_for_a_second_and_counts_what_was_not_sent(autojump_clock, caplog):
    exporter = exporter_to(TelemetryServer(hanging()))
    async with running(exporter):
        for number in range(5):
            await echo(str(number))
        logging.getLogger("shop").warning("one")
        await idle()
        before = trio.current_time()
    assert trio.current_time() - before == pytest.approx(1)
    assert exporter.dropped == 5
    said = [record.getMessage() for record in caplog.records if record.name == "genkit_trio.telemetry"]
    assert sorted(message[:12] for message in said) == ["1 log lines ", "5 spans were"]


async def test_the_end_does_not_wait_for_a_server_that_is_down(autojump_clock):
    exporter = exporter_to(TelemetryServer(broken))
    async with running(exporter):
        for number in range(5):
            await echo(str(number))
        before = trio.current_time()
    assert trio.current_time() == before
    assert (exporter.failed, exporter.dropped) == (2, 3)


async def test_a_collector_that_is_not_connected_takes_nothing(caplog):
    collector = Collector(URL, None)
    assert not await collector.post("/api/traces", {})
    assert "is not connected" in caplog.text


@pytest.mark.io
async def test_a_port_where_nobody_listens_is_a_server_that_is_down(caplog):
    with trio.socket.socket() as reserved:
        await reserved.bind(("127.0.0.1", 0))
        exporter = SpanExporter(f"http://127.0.0.1:{reserved.getsockname()[1]}", realtime=True)
        with trio.fail_after(10):
            async with running(exporter):
                response = await echo.run("x")
                await exporter.flush(response.trace_id)
    assert (exporter.exported, exporter.failed) == (0, 1)
    assert "ConnectError" in caplog.text
