"""Runs as spans of OpenTelemetry, with those of other libraries among them."""

import trio
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from genkit_trio import Genkit
from genkit_trio.lowlevel import OpenTelemetryBridge, recording

ai = Genkit()
exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
database = provider.get_tracer("database")


@ai.flow
async def price(item: str) -> int:
    with database.start_as_current_span("select"):
        await trio.lowlevel.checkpoint()
    return len(item)


@ai.flow
async def order(item: str) -> str:
    return f"{item}: {await price(item)}"


async def main() -> None:
    with recording(OpenTelemetryBridge(provider)):
        print(await order("tea"))
    spans = exporter.get_finished_spans()
    for root in spans:
        if root.parent is None:
            show(root, spans, "")


def show(span: ReadableSpan, spans: tuple[ReadableSpan, ...], indent: str) -> None:
    print(f"{indent}{span.name}")
    for child in spans:
        if child.parent and span.context and child.parent.span_id == span.context.span_id:
            show(child, spans, indent + "  ")


trio.run(main)
