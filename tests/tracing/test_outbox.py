"""Where spans wait to be sent."""

from genkit_trio._tracing import Span
from genkit_trio._tracing.outbox import MAX_SPANS, MAX_TEXT, SpanOutbox


def _span(parent: Span | None = None) -> Span:
    return Span("work", "util", "", parent)


def test_a_batch_is_of_one_trace_and_the_oldest_trace_is_first():
    outbox = SpanOutbox(10)
    first, second = _span(), _span()
    child = _span(first)
    for span in (first, second, child):
        outbox.put(span)
    assert len(outbox) == 3
    assert outbox.take() == [first, child]
    assert outbox.take() == [second]
    assert len(outbox) == 0


def test_a_span_waits_once():
    outbox = SpanOutbox(10)
    span = _span()
    outbox.put(span)
    outbox.put(span)
    assert outbox.take() == [span]


def test_what_comes_when_there_is_no_room_is_dropped_and_counted():
    outbox = SpanOutbox(2)
    spans = [_span() for _ in range(4)]
    for span in spans:
        outbox.put(span)
    outbox.put(spans[0])
    assert outbox.dropped == 2
    assert [outbox.take(), outbox.take()] == [spans[:1], spans[1:2]]


def test_a_large_trace_goes_out_in_parts_and_lets_others_between():
    outbox = SpanOutbox(1000)
    root, other = _span(), _span()
    outbox.put(root)
    for _ in range(MAX_SPANS):
        outbox.put(_span(root))
    outbox.put(other)
    assert [len(outbox.take()), outbox.take(), len(outbox.take())] == [MAX_SPANS, [other], 1]


def test_large_values_go_out_by_themselves():
    outbox = SpanOutbox(10)
    root = _span()
    root.set_attribute("genkit:input", "x" * MAX_TEXT)
    root.set_attribute("genkit:isRoot", True)
    child = _span(root)
    outbox.put(root)
    outbox.put(child)
    assert [outbox.take(), outbox.take()] == [[root], [child]]


def test_a_trace_can_be_put_first():
    outbox = SpanOutbox(10)
    spans = [_span() for _ in range(3)]
    for span in spans:
        outbox.put(span)
    assert spans[2].trace_id in outbox
    outbox.put_first(spans[2].trace_id)
    assert outbox.take() == [spans[2]]
    assert spans[2].trace_id not in outbox


def test_a_batch_that_is_given_back_waits_again():
    outbox = SpanOutbox(10)
    root = _span()
    child = _span(root)
    outbox.put(root)
    outbox.put(child)
    batch = outbox.take()
    outbox.put(root)
    outbox.give_back(batch)
    assert len(outbox) == 2
    assert outbox.take() == [root, child]
