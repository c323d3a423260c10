"""Trees of runs with deadlines, what is to come of them by the contract, and the same trees as actions.

All times are multiples of a quarter of a second, so they are exact, and deadlines often fall on one moment.
"""

from collections.abc import Iterable, Iterator
from math import inf
from typing import Literal

import attrs
import trio
from hypothesis import strategies as st

from genkit_trio import Action, DeadlineExceeded, Genkit, State

End = Literal["value", "cancelled"] | int
"""How a call ends: with a value, with `trio.Cancelled`, or with the `DeadlineExceeded` of the run of that number."""


@attrs.frozen
class Wait:
    """A time in which the run can be cancelled; 0 is a checkpoint."""

    seconds: float


@attrs.frozen
class Hold:
    """A time in which it cannot."""

    seconds: float


@attrs.frozen
class Busy:
    """A time in which nothing else runs either, trio itself included: it sees the deadlines of then afterwards."""

    seconds: float


@attrs.frozen
class Call:
    """A call of another action, awaited or streamed."""

    callee: "Node"
    streamed: bool
    handles: bool
    """Whether the caller goes on when the callee's deadline has passed."""


@attrs.frozen
class Node:
    """One action: what its function does, then its cleanup, which cannot be cancelled."""

    number: int
    timeout: float | None
    acts: tuple[Wait | Hold | Busy | Call, ...]
    cleanup: tuple[Hold | Busy, ...]

    def nodes(self) -> "Iterator[Node]":
        yield self
        for act in self.acts:
            if isinstance(act, Call):
                yield from act.callee.nodes()


times = st.integers(0, 8).map(lambda quarters: quarters / 4)
timeouts = st.none() | st.integers(1, 12).map(lambda quarters: quarters / 4)


cleanups = st.lists(st.builds(Hold, times) | st.builds(Busy, times), max_size=2).map(tuple)


@st.composite
def trees(draw: st.DrawFn, depth: int = 3, first: int = 0) -> Node:
    """Draw a tree; its nodes are numbered from *first*."""
    acts: list[Wait | Hold | Busy | Call] = []
    last = first
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from([Wait, Hold, Busy, Call, Call] if depth else [Wait, Hold, Busy]))
        if kind is Call:
            callee = draw(trees(depth - 1, last + 1))
            last = max(node.number for node in callee.nodes())
            acts.append(Call(callee, draw(st.booleans()), draw(st.booleans())))
        else:
            acts.append(kind(draw(times)))
    return Node(first, draw(timeouts), tuple(acts), draw(cleanups))


@attrs.define
class Oracle:
    """Says what comes of a tree, from the contract alone: no tasks, only sums of times."""

    now: float = 0.0
    looked: float = 0.0
    """When trio has last looked at its deadlines."""
    ends: dict[int, tuple[State, float]] = attrs.field(factory=dict)
    """How and when each run ended that had begun."""

    def call(self, node: Node, outer: float) -> End:
        """Return how a call of *node* ends, under callers whose first deadline is *outer*."""
        if outer <= self.now:
            return "cancelled"  # C2: the function never starts
        own = self.now + node.timeout if node.timeout is not None else inf
        end = self._acts(node.acts, min(own, outer))
        self._acts(node.cleanup, inf)
        if end == "cancelled" and outer > self.now:
            end = node.number  # C8: the outermost scope that is cancelled by the time the cleanup has ended
        state = State.SUCCEEDED if end == "value" else State.FAILED
        self.ends[node.number] = (State.CANCELLED if end in ("cancelled", node.number) else state, self.now)
        return end

    def _acts(self, acts: Iterable[Wait | Hold | Busy | Call], deadline: float) -> End:
        for act in acts:
            end = self._call(act, deadline) if isinstance(act, Call) else self._pass(act, deadline)
            if end != "value":
                return end
        return "value"

    def _pass(self, act: Wait | Hold | Busy, deadline: float) -> End:
        if isinstance(act, Busy):
            self.now += act.seconds
            return "value"
        is_cancelled = isinstance(act, Wait) and deadline <= self.now + act.seconds
        if is_cancelled and deadline > self.now:
            self.now = deadline
        elif not is_cancelled:
            self.now += act.seconds
        self.looked = self.now
        return "cancelled" if is_cancelled else "value"

    def _call(self, act: Call, deadline: float) -> End:
        end = self.call(act.callee, deadline)
        if isinstance(end, int) and act.handles:
            end = "value"
        elif end == "value" and act.streamed and deadline <= self.looked:
            # C2: the value of an awaited run is kept; that of a stream is not, as its consumer was cancelled.
            end = "cancelled"
        if act.streamed:
            self.looked = self.now
        return end


def actions_of(tree: Node) -> Action[None, None, int]:
    """Return the actions of *tree* as actions that do what it says; the root."""
    return _action_of(Genkit(), tree)


def _action_of(ai: Genkit, node: Node) -> Action[None, None, int]:
    callees = {act.callee.number: _action_of(ai, act.callee) for act in node.acts if isinstance(act, Call)}

    async def perform() -> None:
        try:
            for act in node.acts:
                await _act(act, callees)
        finally:
            for act in node.cleanup:
                await _act(act, {})  # noqa: ASYNC102  # cleanups are shielded or busy, and last as long as drawn

    options = {} if node.timeout is None else {"timeout": node.timeout}
    return ai.flow(name=str(node.number), **options)(perform)


async def _act(act: Wait | Hold | Busy | Call, callees: dict[int, Action[None, None, int]]) -> None:
    if isinstance(act, Wait):
        await trio.sleep(act.seconds)
    elif isinstance(act, Hold):
        with trio.CancelScope(shield=True):
            await trio.sleep(act.seconds)
    elif isinstance(act, Busy):
        trio.lowlevel.current_clock().jump(act.seconds)
    else:
        try:
            await _call(callees[act.callee.number], streamed=act.streamed)
        except DeadlineExceeded:
            if not act.handles:
                raise


async def _call(action: Action[None, None, int], *, streamed: bool) -> None:
    if not streamed:
        await action()
        return
    async with action.stream() as stream:
        await stream.output()
