"""Random trees of runs with random deadlines: who tells of a deadline, who is only cancelled, and when."""

from math import inf

import trio
import trio.testing
from hypothesis import example, given

from genkit_trio import DeadlineExceeded, State
from genkit_trio.lowlevel import Span, recording
from tests.core.deadline_trees import Call, Hold, Node, Oracle, Wait, actions_of, timeouts, trees

SLEEPER = Node(1, 1.0, (Wait(5),), cleanup=(Hold(1),))


@given(tree=trees(), outer=timeouts)
@example(Node(0, 1.0, (Call(SLEEPER, streamed=False, handles=False),), cleanup=()), None).via("equal deadlines are one")
@example(Node(0, 2.0, (Call(SLEEPER, streamed=False, handles=False),), cleanup=()), None).via(
    "the outer, in the cleanup"
)
@example(Node(0, 3.0, (Call(SLEEPER, streamed=True, handles=True), Wait(0)), cleanup=()), None).via("the inner one")
@example(Node(0, 1.0, (Hold(2),), cleanup=()), None).via("a late value")
def test_the_outermost_scope_that_is_cancelled_by_then_tells_of_its_deadline(tree, outer):
    """C8: the others only see Cancelled; C9: a late value is a value; C2: nothing starts after the deadline."""
    oracle = Oracle()
    end = oracle.call(tree, inf if outer is None else outer)
    clock = trio.testing.MockClock(autojump_threshold=0)
    assert trio.run(_outcome, tree, outer, clock=clock) == (end, oracle.now, oracle.ends)


async def _outcome(tree, outer):
    ends = Ends(trio.current_time())
    with recording(ends), trio.CancelScope() as scope:
        if outer is not None:
            scope.deadline = ends.began + outer
        try:
            await actions_of(tree)()
            end = "value"
        except DeadlineExceeded as exc:
            end = int(str(exc).removeprefix("/flow/").split()[0])
        return end, ends.now(), ends.by_number
    return "cancelled", ends.now(), ends.by_number


class Ends:
    """A recorder that notes how and when each run ends, in virtual time."""

    def __init__(self, began: float):
        self.began = began
        self.by_number: dict[int, tuple[State, float]] = {}

    def now(self) -> float:
        return trio.current_time() - self.began

    def started(self, span: Span) -> None:
        assert int(span.name) not in self.by_number

    def ended(self, span: Span) -> None:
        self.by_number[int(span.name)] = (span.state, self.now())
