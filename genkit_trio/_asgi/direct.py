"""One request that is answered from the task of its server: the run executes in it, and nobody waits beside it.

It needs a server that offers `Direct`, which watches the client and the clock anyway: it calls back, and what is to be
said then is said without waiting. There is no nursery, and no cancel scope but the run's own, which the server may
lend.

The first frames of a stream are written in the next pass of the scheduler; a later one at once, unless the stream has
just written: then it waits for a moment that all such streams share, at most 2 ms (contract C24). When the channel is
full its frames are taken at once. While the client does not keep up, none are taken, so the run waits (C14).

Rules 1 to 3 of `exchange` hold here too. The run is shielded from the end of the server, which is told by a call, so
that its cause is known.
"""

import logging
from typing import Final

import trio

from .._core import error_of_cause, only_cancelled
from .._runtime import EdgeRun
from .._tracing import Cause
from .._wire import Direct
from .exchange import Dialect, Order, Ordered, exchange, ids_of
from .inbox import ClientGone, Inbox
from .limits import RequestLimits
from .reply import Reply

logger = logging.getLogger("genkit_trio")

HOT: Final = 0.002
"""Seconds: a stream that has something to write again so soon waits for the common moment."""
PLENTY: Final = 32 * 1024
"""Bytes that are written before it."""


async def exchange_directly(order: Order, dialect: Dialect, inbox: Inbox, reply: Reply, limits: RequestLimits) -> None:
    """Answer one request of a server that offers `Direct`; the arguments are those of `exchange`.

    The *dialect* is one that says nothing before the run, and whose end can be told at once.
    """
    direct = reply.direct
    assert direct is not None
    answerer = _Answerer(dialect, reply, direct)
    try:
        ordered = await order(inbox)
    except ClientGone:
        return
    except Exception as exc:
        answerer.end(exc)
        return
    except BaseException as exc:
        if only_cancelled(exc):
            answerer.end(error_of_cause(Cause.DRAIN, "the request"))
        raise
    if ordered.run.is_detached:
        await exchange(_Given(ordered), dialect, inbox, reply, limits)
    elif direct.listen(answerer, limits.write_timeout):
        run = ordered.run
        answerer.begin(run)
        try:
            await run.execute(ordered.value, ordered.runtime)
        except BaseException:
            answerer.on_stop()
            raise
        else:
            answerer.tell_end()
        finally:
            answerer.let_go()


class _Given:
    """An order that has been taken already."""

    def __init__(self, ordered: Ordered) -> None:
        self._ordered: Final = ordered

    async def __call__(self, inbox: Inbox) -> Ordered:  # noqa: ASYNC124  # exchange() awaits it
        return self._ordered


class _Answerer:
    """Answers one request, called by its run, by the clock, and by the server: it is a `Listener`."""

    __slots__ = (
        "_dialect",
        "_direct",
        "_is_called",
        "_is_gone",
        "_keeps_up",
        "_reply",
        "_run",
        "_written_at",
    )

    def __init__(self, dialect: Dialect, reply: Reply, direct: Direct) -> None:
        self._dialect: Final = dialect
        self._reply: Final = reply
        self._direct: Final = direct
        self._run: EdgeRun | None = None
        self._is_gone = False
        self._keeps_up = True
        self._is_called = False
        self._written_at = 0.0

    def begin(self, run: EdgeRun) -> None:
        """Have what becomes of *run* told."""
        self._run = run
        self._reply.headers.extend(ids_of(run))
        if not run.scope.is_lent:
            run.scope.cancel_scope.shield = True
        run.scope.on_cancel = self.tell_end
        if run.streaming:
            run.frames.on_first = self._announce
            run.frames.on_full = self._collect
        self._direct.set_alarm(run.deadline)

    def let_go(self) -> None:
        """Forget the run: what refers to itself is only freed by the next collection."""
        run, self._run = self._run, None
        assert run is not None
        run.scope.on_cancel = run.frames.on_first = run.frames.on_full = None

    def end(self, outcome: bytes | BaseException) -> None:
        """Tell the client the end; it is there, and was told none."""
        try:
            self._dialect.end(self._reply, self._run, outcome)
            self._reply.flush_directly(self._direct)
        except Exception as exc:  # a defect, of ours or of the server's
            logger.error("an exchange failed", exc_info=exc)
            self._lose(Cause.CLIENT_DISCONNECT)

    def tell_end(self) -> None:
        """Tell the end that is decided, behind the frames that came before it."""
        run = self._run
        if run is None or self._is_gone or self._reply.is_complete:
            return
        if run.streaming:
            frames = run.frames.take_all()
            if frames:
                self._dialect.add_frames(self._reply, b"".join(frames))
            run.frames.leave()
        self.end(run.outcome())

    # What the server tells.

    def on_disconnect(self) -> None:
        """Cancel the run: its client has gone."""
        self._lose(Cause.CLIENT_DISCONNECT)

    def on_stall(self) -> None:
        """Cancel the run: its client does not read."""
        self._lose(Cause.CLIENT_STALLED)

    def on_stop(self) -> None:
        """Cancel the run, and tell the client: the server ends."""
        run = self._run
        if run is not None:
            if not run.frames.has_ended:
                run.scope.cancel(Cause.DRAIN)
            self.tell_end()

    def on_alarm(self) -> None:
        """Tell the client that the deadline has passed, whatever the run is doing."""
        self.tell_end()

    def on_room(self) -> None:
        """Go on: the client has taken what was sent."""
        if not self._keeps_up:
            self._keeps_up = True
            self._write()

    # What the run brings about.

    def _announce(self) -> None:
        """Write the frame that waits, at once or soon, together with those that follow."""
        if self._is_called:
            return
        is_hot = trio.current_time() - self._written_at < HOT
        if not is_hot and self._reply.has_head and self._run is not None and self._run.frames.items:
            self._write()
            return
        self._expect_call()
        (self._direct.call_later if is_hot else self._direct.call_soon)(self._write_called)

    def _expect_call(self) -> None:
        assert self._run is not None  # it is what calls
        self._is_called = self._run.frames.is_due = True

    def _write_called(self) -> None:
        self._is_called = False
        if self._run is not None:
            self._run.frames.is_due = False
        self._write()

    def _write(self) -> None:
        """Write what there is."""
        if self._take() and self._reply.unsent:
            self._flush()

    def _collect(self) -> None:
        """Make room in the channel, and write if there is plenty."""
        if self._take():
            if self._reply.unsent >= PLENTY:
                self._flush()
            elif not self._is_called:
                self._expect_call()
                self._direct.call_later(self._write_called)

    def _take(self) -> bool:
        """Take the frames that are there, unless the client does not keep up."""
        run = self._run
        if run is None or not self._keeps_up or self._is_gone or self._reply.is_complete:
            return False
        frames = run.frames.take_all()
        if frames:
            self._dialect.add_frames(self._reply, b"".join(frames))
        return True

    def _flush(self) -> None:
        self._written_at = trio.current_time()
        self._keeps_up = self._reply.flush_directly(self._direct)

    def _lose(self, cause: Cause) -> None:
        self._is_gone = True
        if self._run is not None:
            self._run.frames.leave()
            self._run.scope.cancel(cause)
