"""The bridge to OpenTelemetry."""

import logging
import sys

import pytest
import trio
import trio.testing

from genkit_trio import Genkit, run_all
from genkit_trio._runtime import open_runtime
from genkit_trio._tracing import OpenTelemetryBridge, RemoteSpan, Span, SpanExporter, recording
from genkit_trio._tracing.otel import without_instrumentation
from tests.tracing.telemetry_server import URL, TelemetryServer

trace = pytest.importorskip("opentelemetry.trace")
context = pytest.importorskip("opentelemetry.context")
sdk = pytest.importorskip("opentelemetry.sdk.trace")
sampling = pytest.importorskip("opentelemetry.sdk.trace.sampling")

pytestmark = pytest.mark.extra

ai = Genkit()


@ai.flow
async def inner(number: int) -> int:
    return number + 1


@ai.flow
async def outer(number: int) -> int:
    return await inner(number) + await ai.run("step", inner.fn, number)


@ai.flow
async def fails(number: int) -> int:
    await trio.lowlevel.checkpoint()
    raise ValueError("bad n")


class Collected(sdk.SpanProcessor):
    """Keeps the spans that have ended."""

    def __init__(self):
        self.spans: list[sdk.ReadableSpan] = []

    def on_end(self, span):
        self.spans.append(span)

    def __getitem__(self, name: str):
        [found] = [span for span in self.spans if span.name == name]
        return found


class Diary:
    """A recorder that keeps the spans that have ended."""

    def __init__(self):
        self.spans: dict[str, Span] = {}

    def started(self, span: Span) -> None:
        pass

    def ended(self, span: Span) -> None:
        self.spans[span.name] = span


@pytest.fixture
def collected() -> Collected:
    return Collected()


@pytest.fixture
def provider(collected):
    provider = sdk.TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(collected)
    return provider


def _ids(span) -> tuple[str, str]:
    return trace.format_trace_id(span.context.trace_id), trace.format_span_id(span.context.span_id)


async def test_spans_have_the_same_ids_parents_and_times_in_opentelemetry(provider, collected):
    diary = Diary()
    with recording(OpenTelemetryBridge(provider)), recording(diary):
        await outer(1)
    assert {span.name for span in collected.spans} == {"outer", "inner", "step"}
    for span in collected.spans:
        ours = diary.spans[span.name]
        assert _ids(span) == (ours.trace_id, ours.span_id)
        parent = span.parent and trace.format_span_id(span.parent.span_id)
        assert parent == (ours.parent and ours.parent.span_id)
        assert (span.start_time, span.end_time) == (int(ours.start * 1e9), int(ours.end * 1e9))
        assert span.status.is_ok
        assert span.links == ()


async def test_spans_have_the_attributes_that_genkit_names(provider, collected):
    with recording(OpenTelemetryBridge(provider)):
        await outer(1)
    attributes = collected["outer"].attributes
    assert attributes["genkit:key"] == "/flow/outer"
    assert (attributes["genkit:input"], attributes["genkit:output"]) == ("1", "4")
    assert attributes["genkit:state"] == "success"


async def test_a_failure_is_an_exception_event_and_an_error(provider, collected):
    with recording(OpenTelemetryBridge(provider)), pytest.raises(ValueError, match="bad n"):
        await fails(1)
    span = collected["fails"]
    assert span.status.status_code is trace.StatusCode.ERROR
    assert span.status.description == "bad n"
    assert span.attributes["genkit:isFailureSource"] is True
    [event] = span.events
    assert event.attributes["exception.type"] == "ValueError"


async def test_a_cancelled_run_is_an_error_that_names_its_cause(provider, collected, autojump_clock):
    @Genkit().flow
    async def sleeps(seconds: float) -> None:
        await trio.sleep(seconds)

    with recording(OpenTelemetryBridge(provider)), pytest.raises(ValueError, match="bad n"):
        await run_all(lambda: sleeps(10), lambda: fails(1))
    span = collected["sleeps"]
    assert span.status.description == "cancelled: sibling_failed"
    assert span.events == ()


async def test_spans_of_other_libraries_nest_under_the_run_in_which_they_start(provider, collected):
    tracer = provider.get_tracer("another library")

    @Genkit().flow
    async def asks(number: int) -> None:
        with tracer.start_as_current_span("request"):
            await trio.lowlevel.checkpoint()

    @Genkit().flow
    def asks_in_a_thread(number: int) -> None:
        tracer.start_span("request in a thread").end()

    with recording(OpenTelemetryBridge(provider)):
        await asks(1)
        await asks_in_a_thread(1)
    for library, run in (("request", "asks"), ("request in a thread", "asks_in_a_thread")):
        assert collected[library].parent.span_id == collected[run].context.span_id
        assert collected[library].context.trace_id == collected[run].context.trace_id


async def test_a_run_within_a_span_of_another_library_has_a_link_to_it_and_its_own_parent(provider, collected):
    tracer = provider.get_tracer("another library")

    @Genkit().flow
    async def asks(number: int) -> None:
        with tracer.start_as_current_span("request"):
            await inner(number)

    with recording(OpenTelemetryBridge(provider)), tracer.start_as_current_span("server"):
        await asks(1)
    assert collected["asks"].parent is None
    assert [link.context.span_id for link in collected["asks"].links] == [collected["server"].context.span_id]
    assert collected["inner"].parent.span_id == collected["asks"].context.span_id
    assert [link.context.span_id for link in collected["inner"].links] == [collected["request"].context.span_id]


async def test_a_spawned_run_has_one_link_to_its_starter(provider, collected):
    async with open_runtime(ai.registry) as runtime:

        @Genkit().flow
        async def starter(number: int) -> None:
            runtime.spawn(inner, number, timeout=None)

        with recording(OpenTelemetryBridge(provider)):
            await starter(1)
            await trio.testing.wait_all_tasks_blocked()
    assert collected["inner"].parent is None
    assert [link.context.span_id for link in collected["inner"].links] == [collected["starter"].context.span_id]


async def test_a_run_below_one_of_another_process_names_it_as_its_remote_parent(provider, collected):
    with recording(OpenTelemetryBridge(provider)):
        await outer.execute(outer.new_run(RemoteSpan("a" * 32, "b" * 16), scope=None), 1)
    parent = collected["outer"].parent
    assert (parent.trace_id, parent.span_id) == (int("a" * 32, 16), int("b" * 16, 16))
    assert parent.is_remote
    assert not collected["step"].parent.is_remote


async def test_the_current_span_of_the_task_is_put_back(provider):
    with recording(OpenTelemetryBridge(provider)):
        await outer(1)
        assert trace.get_current_span() is trace.INVALID_SPAN


async def test_nothing_global_is_touched_and_other_tracers_choose_their_own_ids(provider, collected):
    before = trace.get_tracer_provider()
    OpenTelemetryBridge(provider)
    OpenTelemetryBridge(provider)
    assert trace.get_tracer_provider() is before
    for name in ("another library", "genkit_trio"):
        with provider.get_tracer(name, OpenTelemetryBridge.__module__).start_as_current_span(name):
            pass
    ids = {_ids(span) for span in collected.spans}
    assert len(ids) == 2


async def test_our_tracer_in_other_hands_makes_ids_of_its_own(provider, collected):
    tracer = OpenTelemetryBridge(provider)._tracer
    tracer.start_span("first").end()
    tracer.start_span("second").end()
    assert len({_ids(span) for span in collected.spans}) == 2


async def test_what_the_sampler_leaves_out_is_not_recorded(collected):
    provider = sdk.TracerProvider(sampler=sampling.ALWAYS_OFF, shutdown_on_exit=False)
    provider.add_span_processor(collected)
    with recording(OpenTelemetryBridge(provider)):
        assert await outer(1) == 4
    assert collected.spans == []


async def test_a_disabled_sdk_records_nothing(monkeypatch, collected):
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    provider = sdk.TracerProvider(shutdown_on_exit=False)
    with recording(OpenTelemetryBridge(provider)):
        assert await outer(1) == 4
    assert collected.spans == []


async def test_a_run_below_one_that_is_older_than_the_bridge_keeps_its_parent(provider, collected):
    class Late:
        """Records for whom it is told to, from then on."""

        to: OpenTelemetryBridge | None = None

        def started(self, span: Span) -> None:
            if self.to is not None:
                self.to.started(span)

        def ended(self, span: Span) -> None:
            if self.to is not None:
                self.to.ended(span)

    late, diary = Late(), Diary()

    @Genkit().flow
    async def old(number: int) -> None:
        late.to = OpenTelemetryBridge(provider)
        await inner(number)

    with recording(late), recording(diary):
        await old(1)
    [span] = collected.spans
    assert span.name == "inner"
    assert trace.format_span_id(span.parent.span_id) == diary.spans["old"].span_id
    assert trace.format_trace_id(span.context.trace_id) == diary.spans["old"].trace_id


class _Faulty(sdk.SpanProcessor):
    """A processor with errors in it."""

    def __init__(self, moment: str):
        self.moment = moment

    def on_start(self, span, parent_context=None):
        if self.moment == "start":
            raise RuntimeError("faulty")

    def on_end(self, span):
        if self.moment == "end":
            raise RuntimeError("faulty")


@pytest.mark.parametrize("moment", ["start", "end"])
async def test_a_faulty_processor_fails_no_run_and_is_reported_once(moment, provider, caplog):
    provider.add_span_processor(_Faulty(moment))
    with recording(OpenTelemetryBridge(provider)):
        assert await outer(1) == 4
    [record] = [record for record in caplog.records if record.name == "genkit_trio"]
    assert record.getMessage().startswith("the OpenTelemetry provider failed")
    assert trace.get_current_span() is trace.INVALID_SPAN


async def test_bridge_and_exporter_work_beside_each_other(provider, collected, autojump_clock):
    server = TelemetryServer()
    exporter = SpanExporter(URL, realtime=True, transport=server.transport)
    with recording(OpenTelemetryBridge(provider)):
        async with open_runtime(ai.registry, [exporter]):
            await outer(1)
    assert {span["spanId"] for span in server.spans.values()} == {_ids(span)[1] for span in collected.spans}
    assert len(collected.spans) == 3


async def test_sending_to_the_telemetry_server_is_not_instrumented(autojump_clock):
    seen: list[object] = []

    async def look(path: str) -> int:
        seen.append(context.get_value("suppress_instrumentation"))
        return 200

    exporter = SpanExporter(URL, realtime=False, transport=TelemetryServer(look).transport)
    async with open_runtime(ai.registry, [exporter]):
        logging.getLogger("shop").warning("one")
        await outer(1)
        await trio.sleep(1)
    assert seen == [True, True]
    assert context.get_value("suppress_instrumentation") is None


class _Stubborn(sdk.TracerProvider):
    """A provider whose tracers choose all ids themselves."""

    def get_tracer(self, *args, **kwargs):
        return trace.ProxyTracer("x")


def test_a_provider_that_chooses_all_ids_is_refused():
    with pytest.raises(TypeError, match="a tracer of type 'ProxyTracer' chooses all ids itself"):
        OpenTelemetryBridge(_Stubborn(shutdown_on_exit=False))


def test_without_the_extra_there_is_a_sentence_that_names_it(monkeypatch, provider):
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(RuntimeError, match=r"pip install 'genkit-trio\[otel\]'"):
        OpenTelemetryBridge(provider)


def test_without_the_extra_there_is_nothing_to_suppress(monkeypatch):
    monkeypatch.delitem(sys.modules, "opentelemetry.context")
    without_instrumentation()
    assert context.get_value("suppress_instrumentation") is None
