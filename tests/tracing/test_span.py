"""The light span."""

import pytest

from genkit_trio._tracing import Cause, Span, State, current_span


def test_a_trace_has_one_id_and_each_span_its_own():
    root = Span("a", "action", "flow", None)
    step = Span("b", "flowStep", "", root)
    leaf = Span("c", "util", "", step)
    assert leaf.trace_id == root.trace_id == step.trace_id
    assert len({span.span_id for span in (root, step, leaf)}) == 3
    assert root.span_id == root.span_id
    assert Span("d", "util", "", None).trace_id != root.trace_id


def test_a_path_is_written_in_genkits_grammar():
    flow = Span("chat", "action", "flow", None)
    step = Span("ask", "flowStep", "", flow)
    model = Span("vendor/small", "action", "model", step)
    tool = Span("saw", "action", "tool", model)
    assert flow.path == "/{chat,t:flow}"
    assert step.path == "/{chat,t:flow}/{ask,t:flowStep}"
    assert model.path == "/{chat,t:flow}/{ask,t:flowStep}/{vendor/small,t:action,s:model}"
    assert tool.path == "/{chat,t:flow}/{ask,t:flowStep}/{vendor/small,t:action}/{saw,t:action,s:tool}"
    assert Span("inner", "action", "flow", flow).path == "/{chat,t:flow}/{inner,t:flow}"


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (lambda span: span.succeed(), State.SUCCEEDED),
        (lambda span: span.fail(ValueError("x")), State.FAILED),
        (lambda span: span.cancel(Cause.DRAIN), State.CANCELLED),
    ],
)
def test_a_span_ends_in_one_of_three_ways(end, state):
    """C29: state, error, cause, start and end."""
    span = Span("a", "util", "", None)
    assert (span.state, span.end, span.error, span.cause, span.late) == (State.RUNNING, None, None, None, False)
    end(span)
    assert span.state is state
    assert span.start <= span.end
    assert isinstance(span.error, ValueError) is (state is State.FAILED)
    assert (span.cause is Cause.DRAIN) is (state is State.CANCELLED)


def test_attributes_belong_to_one_span_and_the_later_wins():
    one, other = Span("a", "util", "", None), Span("b", "util", "", None)
    one.set_attribute("x", "1")
    one.set_attribute("y", True)
    one.set_attribute("x", "2")
    assert (dict(one.attributes), dict(other.attributes)) == ({"x": "2", "y": True}, {})


def test_a_span_is_shown_with_its_ids():
    span = Span("a", "util", "", None)
    assert repr(span) == f"<Span 'a' running trace={span.trace_id} span={span.span_id}>"


def test_no_span_is_current_outside_any_run():
    assert current_span.get() is None
