"""A stream whose two sides do what they are told, and a list that says what must come of it."""

import attrs
import trio

from genkit_trio import Genkit, RunContext


class RunError(Exception):
    """What the run fails with."""


class BodyError(Exception):
    """What the consumer's block fails with."""


class Real:
    """A run and its consumer, each in a task that follows orders, one at a time."""

    def __init__(self, capacity: int):
        self.sent: list[int] = []
        self.received: list[object] = []
        self.left: list[object] = []
        self.run_ends: list[str] = []
        self.scope = trio.CancelScope()
        self.sending = self.waiting = trio.CancelScope()
        self.stream = None
        self._error = RunError()
        self._to_run, self._run_orders = trio.open_memory_channel[object](1)
        self._to_consumer, self._consumer_orders = trio.open_memory_channel[str](1)
        self._action = Genkit().flow(name="produce", chunk_buffer=capacity)(self._produce)

    def tell_run(self, order: object) -> None:
        self._to_run.send_nowait(order)

    def tell_consumer(self, order: str) -> None:
        self._to_consumer.send_nowait(order)

    async def consume(self) -> None:
        """Follow the consumer's orders, and note what leaves the block."""
        outcome: object = "left"
        try:
            with self.scope:
                async with self._action.stream() as self.stream:
                    await self._follow()
        except* (RunError, BodyError) as group:
            outcome = {type(error) for error in group.exceptions}
        self.left.append("cancelled" if self.scope.cancelled_caught else outcome)

    async def _follow(self) -> None:
        async for order in self._consumer_orders:
            if order == "leave":
                return
            if order == "raise":
                raise BodyError
            with trio.CancelScope() as self.waiting:
                self.received.append(await self._receive(order))

    async def _receive(self, order: str) -> object:
        try:
            return await (anext(self.stream) if order == "receive" else self.stream.output())
        except StopAsyncIteration:
            return "end"
        except RunError as exc:
            assert exc is self._error
            return "error"

    async def _produce(self, ctx: RunContext[int]) -> str:
        try:
            async for order in self._run_orders:
                if order == "return":
                    self.run_ends.append("returned")
                    return "output"
                if order == "fail":
                    self.run_ends.append("failed")
                    raise self._error
                with trio.CancelScope() as self.sending:
                    await ctx.send_chunk(order)
                    self.sent.append(order)
        except trio.Cancelled:
            self.run_ends.append("cancelled")
            raise
        raise AssertionError("the orders have ended before the run")


@attrs.define
class Model:
    """What the contract says: a list of what waits, and who waits for it."""

    capacity: int
    queue: list[int] = attrs.field(factory=list)
    held: int | None = None
    """What a sender waits with."""
    waiting: str | None = None
    """What the consumer waits in."""
    end: str | None = None
    """How the run has ended."""
    has_error: bool = False
    """Whether the consumer has received the run's error."""
    left: object = None
    sent: list[int] = attrs.field(factory=list)
    received: list[object] = attrs.field(factory=list)
    next: int = 0

    def orders(self) -> list[str]:
        """What can happen next."""
        if self.left is not None:
            return []
        run = [] if self.end is not None else ["stop_sending"] if self.held is not None else ["send", "return", "fail"]
        consumer = ["receive", "output", "leave", "raise"] if self.waiting is None else ["stop_waiting"]
        return [*run, *consumer, "cancel"]

    def send(self) -> None:
        self.held, self.next = self.next, self.next + 1
        if self.waiting is not None or len(self.queue) < self.capacity:
            self._take_in()
            self._serve()

    def stop_sending(self) -> None:
        self.held = None

    def finish(self, how: str) -> None:
        self.end = how
        self._serve()

    def receive(self) -> None:
        self.waiting = "receive"
        self._serve()

    def output(self) -> None:
        self.waiting = "output"
        self._serve()

    def stop_waiting(self) -> None:
        self.waiting = None

    def leave(self, body: str) -> None:
        """The table of C13."""
        unseen = {RunError} if self.end == "failed" and not self.has_error else set()
        mine = {BodyError} if body == "raise" else set()
        self.left = unseen | mine or ("cancelled" if body == "cancel" else "left")
        self.end = self.end or "cancelled"
        self.held = self.waiting = None

    def _take_in(self) -> None:
        if self.held is not None:
            self.queue.append(self.held)
            self.sent.append(self.held)
            self.held = None

    def _serve(self) -> None:
        """Give a consumer that waits what is there."""
        if self.waiting == "output":
            self._take_in()
            self.queue.clear()
        if self.waiting == "receive" and not self.queue:
            self._take_in()
        if self.waiting == "receive" and self.queue:
            self.received.append(self.queue.pop(0))
            self._take_in()
            self.waiting = None
        elif self.waiting is not None and self.end is not None:
            value = "end" if self.waiting == "receive" else "output"
            self.received.append(value if self.end == "returned" else "error")
            self.has_error = self.has_error or self.end == "failed"
            self.waiting = None
