"""The exporter: what the telemetry server gets."""

import json
import logging

import pytest
import trio

from genkit_trio import Genkit, RunContext, run_all
from genkit_trio._tracing import Span, SpanExporter
from genkit_trio.lowlevel import current_span
from tests.tracing.exporting import broken, echo, exporter_to, fails, hanging, idle, parent, running, slow
from tests.tracing.telemetry_server import URL, TelemetryServer


async def test_a_run_reaches_the_server_with_its_steps_and_children(autojump_clock):
    server = TelemetryServer()
    exporter = exporter_to(server)
    async with running(exporter):
        response = await parent.run(7)
    assert set(server.spans) == {"parent", "step1", "echo"}
    root, child = server.spans["parent"], server.spans["echo"]
    assert (root["traceId"], root["spanId"]) == (response.trace_id, response.span_id)
    assert child["parentSpanId"] == root["spanId"]
    assert server.traces[response.trace_id]["displayName"] == "parent"
    assert root["attributes"]["genkit:input"] == "7"
    assert root["attributes"]["genkit:output"] == child["attributes"]["genkit:output"] == '"7"'
    assert root["attributes"]["genkit:isRoot"] is True
    assert child["attributes"]["genkit:path"] == "/{parent,t:flow}/{echo,t:flow}"
    assert (exporter.exported, exporter.failed, exporter.dropped) == (3, 0, 0)


async def test_in_real_time_a_span_is_sent_at_its_start_and_at_its_end(autojump_clock):
    server = TelemetryServer()
    async with running(exporter_to(server, realtime=True)), trio.open_nursery() as nursery:
        nursery.start_soon(slow, 10)
        await idle()
        [start] = server.posts_with("slow")
        assert start["endTime"] == 0
        assert start["attributes"]["genkit:input"] == "10"
        assert {"genkit:state", "genkit:output"}.isdisjoint(start["attributes"])
    start, end = server.posts_with("slow")
    assert start["spanId"] == end["spanId"]
    assert end["endTime"] >= end["startTime"] == start["startTime"]
    assert end["attributes"]["genkit:state"] == "success"
    assert end["attributes"]["genkit:output"] == '"done"'


async def test_otherwise_a_span_is_sent_at_its_end_alone(autojump_clock):
    server = TelemetryServer()
    async with running(exporter_to(server)), trio.open_nursery() as nursery:
        nursery.start_soon(slow, 10)
        await idle()
        assert server.posts == []
    assert len(server.posts_with("slow")) == 1


async def test_a_run_that_is_over_before_its_start_was_sent_is_sent_once(autojump_clock):
    server = TelemetryServer()
    async with running(exporter_to(server, realtime=True)):
        await echo("x")
    [record] = server.posts_with("echo")
    assert record["endTime"] > 0


async def test_traces_are_sent_one_at_a_time_and_each_by_itself(autojump_clock):
    server = TelemetryServer(hanging(0.01))
    exporter = exporter_to(server)
    async with running(exporter):
        for number in range(5):
            await parent(number)
        await trio.sleep(1)
    assert len(server.traces) == len(server.posts) == 5
    assert exporter.exported == 15


async def test_a_failure_reaches_the_server_with_its_source(autojump_clock):
    server = TelemetryServer()
    async with running(exporter_to(server)):
        with pytest.raises(ValueError, match="bad n"):
            await fails(1)
    record = server.spans["fails"]
    assert record["status"] == {"code": 2, "message": "bad n"}
    assert record["attributes"]["genkit:isFailureSource"] is True
    [event] = record["timeEvents"]["timeEvent"]
    assert event["annotation"]["attributes"]["exception.message"] == "bad n"


async def test_a_cancelled_run_ends_its_span_as_an_error_with_its_cause(autojump_clock):
    """C29: the cause is seen in the trace, and the caller is another one."""
    server = TelemetryServer()

    @Genkit().flow
    async def group(seconds: float) -> None:
        await run_all(lambda: slow(seconds), lambda: fails(1))

    async with running(exporter_to(server)):
        with pytest.raises(ValueError, match="bad n"):
            await group(10)
    record = server.spans["slow"]
    assert record["endTime"] > 0
    assert record["attributes"]["genkit:state"] == "error"
    assert record["attributes"]["genkit:metadata:cause"] == "sibling_failed"
    assert "genkit:isFailureSource" not in record["attributes"]
    assert "genkit:isFailureSource" not in server.spans["group"]["attributes"]


async def test_secrets_of_the_context_never_reach_the_server(autojump_clock):
    server = TelemetryServer()
    async with running(exporter_to(server)):
        await echo("x", context={"auth": {"token": "hush"}, "secrets": ["hush"], "tenant": "a"})
    shown = json.loads(server.spans["echo"]["attributes"]["genkit:metadata:context"])
    assert shown == {"auth": "<redacted>", "secrets": "<redacted>", "tenant": "a"}
    assert "hush" not in json.dumps(server.traces)


async def test_a_spawned_run_links_to_its_starter(autojump_clock):
    server = TelemetryServer()
    async with running(exporter_to(server)) as runtime:

        @Genkit().flow
        async def starter(text: str) -> None:
            runtime.spawn(echo, text, timeout=None)

        await starter("x")
    [link] = server.spans["echo"]["links"]
    assert link["context"]["spanId"] == server.spans["starter"]["spanId"]
    assert "parentSpanId" not in server.spans["echo"]


async def test_text_of_any_language_arrives(autojump_clock):
    server = TelemetryServer()
    async with running(exporter_to(server)):
        await echo("Žluťoučký 🐎 \ud800")
    assert json.loads(server.spans["echo"]["attributes"]["genkit:input"]) == "Žluťoučký 🐎 \ufffd"


async def test_spans_that_end_before_the_server_is_known_are_not_kept(autojump_clock):
    server = TelemetryServer()
    exporter = SpanExporter(None, realtime=False, transport=server.transport)
    async with running(exporter):
        await echo("early")
        await exporter.flush("0" * 32)
        exporter.set_url(URL + "/")
        logging.getLogger("shop").warning("known")
        await parent(1)
    assert set(server.spans) == {"parent", "step1", "echo"}
    assert [line["body"]["stringValue"] for line in server.lines] == ["known"]
    assert (exporter.exported, exporter.dropped) == (3, 0)


async def test_the_server_that_the_environment_named_stays(autojump_clock):
    server = TelemetryServer()
    exporter = exporter_to(server)
    exporter.set_url("http://elsewhere.test")
    async with running(exporter):
        await echo("x")
    assert set(server.spans) == {"echo"}


async def test_a_span_that_ends_after_the_exporter_is_ignored(autojump_clock):
    server = TelemetryServer()
    exporter = exporter_to(server)
    async with running(exporter):
        span = Span("late", "util", "", None)
        assert span.find_recorder() is exporter
    span.succeed()
    assert server.posts == []


async def test_a_span_from_a_trio_run_in_a_worker_thread_reaches_the_server():
    server = TelemetryServer()

    @Genkit().flow
    def nested(text: str) -> str:
        return trio.run(echo, text)

    exporter = exporter_to(server)
    async with running(exporter):
        assert await nested("x") == "x"
    assert server.spans["echo"]["parentSpanId"] == server.spans["nested"]["spanId"]


async def test_a_span_may_end_where_there_is_no_trio():
    server = TelemetryServer()

    @Genkit().flow
    def ends_it(text: str) -> None:
        span = Span("by hand", "util", "", current_span.get())
        span.find_recorder()
        span.succeed()

    async with running(exporter_to(server)):
        await ends_it("x")
    assert set(server.spans) == {"by hand", "ends_it"}


async def test_a_span_that_ends_when_trio_is_over_is_ignored():
    exporter = SpanExporter(URL, realtime=True)
    spans: list[Span] = []

    async def other_run() -> None:
        # The token outlives its trio run, as it does in a thread that is slower than the run.
        exporter._token = trio.lowlevel.current_trio_token()
        spans.append(Span("late", "util", "", None))

    await trio.to_thread.run_sync(trio.run, other_run)
    exporter.ended(spans[0])
    exporter._wake_log_sender()
    assert len(exporter._spans) == 0


async def test_streams_are_exported_with_the_cause_of_their_end(autojump_clock):
    server = TelemetryServer()

    @Genkit().flow
    async def count(number: int, ctx: RunContext[int]) -> str:
        for second in range(number):
            await ctx.send_chunk(second)
            await trio.sleep(1)
        return "done"

    async with running(exporter_to(server)), count.stream(10) as stream:
        async for _ in stream:
            break
    assert server.spans["count"]["attributes"]["genkit:metadata:cause"] == "consumer_stopped"


@pytest.mark.io
async def test_the_exporter_works_over_a_real_socket():
    bodies: list[bytes] = []

    async def answer(stream: trio.SocketStream) -> None:
        received = b""
        while True:
            try:
                data = await stream.receive_some()
            except trio.BrokenResourceError:
                return
            if not data:
                return
            received += data
            head, found, body = received.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            if found and len(body) == length:
                bodies.append(body)
                received = b""
                await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK")

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            listeners = await nursery.start(trio.serve_tcp, answer, 0)
            port = listeners[0].socket.getsockname()[1]
            exporter = SpanExporter(f"http://localhost:{port}", realtime=False)
            async with running(exporter):
                for number in range(3):
                    response = await parent.run(number)
                    await exporter.flush(response.trace_id)
            nursery.cancel_scope.cancel()
    assert exporter.exported == 9
    assert {json.loads(body)["displayName"] for body in bodies} == {"parent"}


async def test_log_lines_wait_for_the_server_to_be_known(autojump_clock, caplog):
    exporter = SpanExporter(None, realtime=True, transport=TelemetryServer(broken).transport)
    async with running(exporter):
        logging.getLogger("shop").warning("early")
        await idle()
    assert [record.message for record in caplog.records] == ["early"]


async def test_log_lines_go_out_with_the_ids_of_their_span(autojump_clock):
    server = TelemetryServer()
    logger = logging.getLogger("shop")

    @Genkit().flow
    async def talks(text: str) -> None:
        logger.warning("said %s", text)

    @Genkit().flow
    def talks_in_a_thread(text: str) -> None:
        logger.error("said %s", text)

    async with running(exporter_to(server)):
        await talks("hello")
        await talks_in_a_thread("bye")
        logger.warning("outside")
    said = {line["body"]["stringValue"]: line for line in server.lines}
    assert set(said) == {"said hello", "said bye", "outside"}
    assert said["said hello"]["spanId"] == server.spans["talks"]["spanId"]
    assert said["said bye"]["traceId"] == server.spans["talks_in_a_thread"]["traceId"]
    assert "traceId" not in said["outside"]


async def test_sending_log_lines_makes_no_further_lines(autojump_clock):
    server = TelemetryServer()
    http = logging.getLogger("httpx2")
    before = http.level
    http.setLevel(logging.DEBUG)
    try:
        async with running(exporter_to(server)):
            logging.getLogger("shop").warning("one")
            await trio.sleep(10)
    finally:
        http.setLevel(before)
    assert len(server.posts) == len(server.lines) == 1


async def test_nothing_is_left_in_logging_when_the_exporter_ends(autojump_clock):
    before = list(logging.getLogger().handlers)
    exporter = exporter_to(TelemetryServer())
    async with running(exporter):
        assert len(logging.getLogger().handlers) == len(before) + 1
        [handler] = set(logging.getLogger().handlers) - set(before)
    assert logging.getLogger().handlers == before
    handler.handle(logging.LogRecord("shop", logging.INFO, __file__, 1, "late", (), None))


async def test_posts_leave_no_lines_in_the_log_of_the_program(autojump_clock, caplog):
    caplog.set_level(logging.DEBUG)
    server = TelemetryServer()
    exporter = exporter_to(server)
    client_logger = logging.getLogger("httpx2")
    async with running(exporter):
        response = await echo.run("x")
        await exporter.flush(response.trace_id)
        assert server.spans.keys() == {"echo"}
        client_logger.info("of the program itself")
    client_logger.info("afterwards")
    assert [record.message for record in caplog.records if record.name == "httpx2"] == [
        "of the program itself",
        "afterwards",
    ]
