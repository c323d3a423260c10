"""Durable streams over HTTP (protocol sheet §7.5): a run that outlives its connection, and clients that come back.

============================================  ================================================================
``POST`` that accepts a stream                a run is started in the runtime, and its stream followed
``POST`` with ``x-genkit-stream-id``          that stream is followed from its beginning; 204 if there is none
… and ``Last-Event-ID: 17``, or ``?after=17``  without its first 17 messages
``DELETE`` with ``x-genkit-stream-id``        its run is cancelled, wherever it is: 204; 404 if there is none
============================================  ================================================================

The run has the deadline of every run (contract C7), and nothing of its client's fate: it ends when it is done, when
its time is up, or when somebody cancels it.
"""

import logging
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, TypeAlias
from urllib.parse import parse_qs

import attrs
import trio

from .._runtime import Runtime, StreamStore, store_run
from .._tracing import Cause
from .._wire import PublicError, Status, quoted
from .exchange import Order, Ordered, ids_of
from .flow_replies import FlowReplies
from .following import NO_CONTENT, Begin, Following, follow_stream
from .inbox import Inbox
from .limits import RequestLimits
from .messages import Scope
from .refusal import Refusal
from .reply import Reply
from .respond import Answer

logger = logging.getLogger("genkit_trio")

STREAM_ID: Final = b"x-genkit-stream-id"
TIME_TO_STORE: Final = 5.0
"""Seconds that a follower waits for the end when the run's time is up."""
LONGEST_ID: Final = 200
"""Letters of an id; ours have 36."""
_POSITION: Final = re.compile(r"[0-9]{1,15}")


@attrs.frozen
class Admitted:
    """A request that may be answered, without a run of its own."""

    runtime: Runtime | None
    deadline: float
    """The point in time, of trio's clock, by which it is answered."""


Admit: TypeAlias = Callable[[Inbox], Awaitable[Admitted]]


class DurableStreams:
    """The durable side of a flow endpoint.

    Args:
      store: where streams are kept.
      replies: how frames and errors are told.
      limits: what a request may cost.
    """

    def __init__(self, store: StreamStore, replies: FlowReplies, limits: RequestLimits) -> None:
        self._store: Final = store
        self._replies: Final = replies
        self._limits: Final = limits

    async def follow(
        self, scope: Scope, fields: Mapping[bytes, bytes], admit: Admit, sides: tuple[Inbox, Reply]
    ) -> None:
        """Answer a request that names a stream."""
        does = self._cancel if scope["method"] == "DELETE" else self._resume
        begin: Begin = partial(does, scope, fields, admit)
        await follow_stream(begin, self._store, sides, self._replies, self._limits)

    async def start(self, order: Order, sides: tuple[Inbox, Reply]) -> None:
        """Answer a request for a run that streams; *order* gives one whose frames are the payloads as they are."""
        begin = partial(self._start, order)
        await follow_stream(begin, self._store, sides, self._replies, self._limits)

    async def _start(self, order: Order, inbox: Inbox) -> Following:
        ordered = await order(inbox)
        run = ordered.run
        runtime = await self._opened_in(ordered.runtime)
        stream_id = str(uuid.uuid4())
        await runtime.start(self._run, ordered, runtime, stream_id, name=run.run.key)
        headers = [*ids_of(run), (STREAM_ID, stream_id.encode())]
        return Following(stream_id, 0, run.deadline + TIME_TO_STORE, headers)

    async def _resume(self, scope: Scope, fields: Mapping[bytes, bytes], admit: Admit, inbox: Inbox) -> Following:
        stream_id = _stream_id_in(fields)
        after = _position_in(scope, fields)
        admitted = await admit(inbox)
        await inbox.body()
        await self._opened_in(admitted.runtime)
        return Following(stream_id, after, admitted.deadline, [(STREAM_ID, fields[STREAM_ID])])

    async def _cancel(self, scope: Scope, fields: Mapping[bytes, bytes], admit: Admit, inbox: Inbox) -> Answer:
        stream_id = _stream_id_in(fields)
        admitted = await admit(inbox)
        await self._opened_in(admitted.runtime)
        await self._store.cancel(stream_id)
        return NO_CONTENT

    async def _opened_in(self, runtime: Runtime | None) -> Runtime:
        if runtime is None:
            message = "durable streams need an open runtime: 'async with open_runtime(ai)'"
            raise PublicError(Status.FAILED_PRECONDITION, message)
        await runtime.use(self._store)
        return runtime

    async def _run(  # noqa: ASYNC114  # started in one place
        self, ordered: Ordered, runtime: Runtime, stream_id: str, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Execute a run and store its stream; a task of the runtime, which has started when the stream has."""
        run = ordered.run
        has_begun = False
        try:
            on_cancel = partial(run.scope.cancel, Cause.CANCEL_API)
            async with self._store.open(stream_id, on_cancel=on_cancel) as writer:
                has_begun = True
                task_status.started()
                error_of = partial(self._replies.error_payload_of, run=run)
                await store_run(run, ordered.value, runtime, writer, error_of)
        except Exception as exc:
            if not has_begun:
                raise
            logger.error("a stream store failed, trace %s", run.run.trace_id, exc_info=exc)


def _stream_id_in(fields: Mapping[bytes, bytes]) -> str:
    if STREAM_ID not in fields:
        raise Refusal(
            400, Status.INVALID_ARGUMENT, "a stream is cancelled by its id; send the header x-genkit-stream-id"
        )
    return fields[STREAM_ID].decode("latin-1")[:LONGEST_ID]


def _position_in(scope: Scope, fields: Mapping[bytes, bytes]) -> int:
    """Return how many messages the client has."""
    where = "header Last-Event-ID"
    given = fields[b"last-event-id"].decode("latin-1") if b"last-event-id" in fields else None
    if given is None:
        where = "query parameter 'after'"
        query: bytes = scope.get("query_string", b"")
        given = parse_qs(query.decode("latin-1"), keep_blank_values=True).get("after", ["0"])[-1]
    if not _POSITION.fullmatch(given):
        message = f"{where} is {quoted(given)}; give the number of messages that were received, such as 17"
        raise Refusal(400, Status.INVALID_ARGUMENT, message)
    return int(given)
