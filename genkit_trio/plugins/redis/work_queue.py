"""A work queue on a Redis server: submitted in one process, executed in others, at least once.

Rules:

1. The server counts the attempts, and its clock says which of them are dead: those of which a worker has not said for
   ``lease`` seconds that they are alive. Workers say so three times in that time.
2. Whoever ends, parks or gives back a run says which attempt it is. The word of an earlier one is not taken.
3. Messages on channels only make things faster: a worker that waits looks for itself four times per ``lease``.
"""

import logging
from collections.abc import Sequence
from typing import Any, Final

import attrs
import trio

from ..._runtime import QueuedRun, Runtime, StreamStore, TakenRun
from ..._wire import GenkitError, PublicError, Status
from .client import RedisClient, check_url
from .queue_scripts import BEAT, FINISH, FORGET, GIVE_BACK, PARK, PARKED, PUT, TAKE
from .sessions import Sessions
from .stream_store import RedisStreamStore

logger = logging.getLogger("genkit_trio")

_CLOSED: Final = "the queue is not open; call this inside 'async with open_runtime(ai, queue=queue)'"


@attrs.frozen(kw_only=True)
class _Settings:
    prefix: str
    lease: float
    max_runs: int
    remember: float

    @property
    def runs(self) -> str:
        return f"{self.prefix}:runs"

    @property
    def parked(self) -> str:
        return f"{self.prefix}:parked"

    @property
    def lease_ms(self) -> int:
        return round(self.lease * 1000)


class RedisWorkQueue:
    """A `WorkQueue` on a Redis or Valkey server, for all processes that use the same server, prefix and name.

    It is a value: it connects when a runtime needs it, and connects again after the connection was lost. It needs the
    extra ``redis``, and a server of version 6.2 or later.

    Args:
      url: the server: ``redis://host:6379``, ``rediss://…`` with TLS, or ``unix:///path``.
      name: which queue on that server.
      prefix: what all keys and channels begin with.
      streams: where chunks and ends are kept; by default a `RedisStreamStore` on the same server, with the same prefix.
      lease: seconds after which a run whose worker is silent, since it was killed, is taken by another.
      max_runs: how many runs wait or are being executed; more are refused with ``RESOURCE_EXHAUSTED``.
      remember: seconds for which an idempotency key is known.

    Raises:
      ImportError: if coredis is not installed.
      ValueError: if *url* is no such URL, or a number is not positive.
    """

    def __init__(  # noqa: PLR0913  # all but one by name
        self,
        url: str,
        *,
        name: str = "default",
        prefix: str = "genkit",
        streams: StreamStore | None = None,
        lease: float = 15.0,
        max_runs: int = 100_000,
        remember: float = 86_400.0,
    ) -> None:
        for option, value in (("lease", lease), ("max_runs", max_runs), ("remember", remember)):
            if not value > 0:
                raise ValueError(f"{option} is {value!r}; it must be positive")
        self._url: Final = check_url(url, "RedisWorkQueue")
        self._streams: Final[StreamStore] = RedisStreamStore(url, prefix=prefix) if streams is None else streams
        # The braces keep the keys of a queue together where a server is a cluster.
        place = f"{prefix}:queue:{{{name}}}"
        self._settings: Final = _Settings(prefix=place, lease=lease, max_runs=max_runs, remember=remember)
        self._sessions: Final = Sessions("queues", self._url, lease, self._open_session, _CLOSED)

    @property
    def streams(self) -> StreamStore:
        """Where the chunks and the ends of its runs are kept."""
        return self._streams

    async def __call__(  # noqa: ASYNC114, ASYNC128  # started by the runtime alone; the sessions say when
        self, runtime: Runtime, /, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Hold the connections for as long as the runtime is open, and say that what was taken is being executed."""
        await self._sessions.hold(task_status=task_status)

    async def put(self, run: QueuedRun, /) -> str:
        """Add a run: `WorkQueue.put`."""
        settings = self._settings
        keys = (settings.runs, f"{settings.prefix}:key:{run.idempotency_key}")
        args = (run.stream_id, run.to_json(), settings.max_runs, round(settings.remember * 1000), settings.prefix)
        answer: list[bytes] = await self._sessions.current().client.run(PUT, keys, args)
        if answer[0] == b"full":
            message = f"the queue holds {settings.max_runs} runs, and takes no more; try again later"
            raise PublicError(Status.RESOURCE_EXHAUSTED, message, retry_after=1)
        return answer[1].decode()

    async def take(self) -> TakenRun:
        """Wait for a run: `WorkQueue.take`."""
        return await self._sessions.current().take()

    async def finish(self, taken: TakenRun, /) -> None:
        """Say that a run has ended: `WorkQueue.finish`."""
        session = self._sessions.current()
        session.taken.pop(taken.place, None)
        await session.client.run(FINISH, (self._settings.runs,), (taken.place, taken.attempt))

    async def give_back(self, taken: TakenRun, /, *, delay: float) -> None:
        """Let another attempt begin: `WorkQueue.give_back`."""
        settings, session = self._settings, self._sessions.current()
        session.taken.pop(taken.place, None)
        idle = max(0, settings.lease_ms - round(delay * 1000))
        await session.client.run(GIVE_BACK, (settings.runs,), (taken.place, taken.attempt, idle, settings.prefix))

    async def park(self, taken: TakenRun, /) -> None:
        """Put a run aside: `WorkQueue.park`."""
        session = self._sessions.current()
        session.taken.pop(taken.place, None)
        await session.park(taken.place, taken.attempt)

    async def parked(self) -> Sequence[QueuedRun]:
        """Return the runs that are parked: `WorkQueue.parked`."""
        runs = [_read(text) for _, text in await self._parked()]
        return tuple(run for run in runs if run is not None)

    async def forget_parked(self, stream_id: str, /) -> None:
        """Take a run off the list: `WorkQueue.forget_parked`."""
        parked = [(place, _read(text)) for place, text in await self._parked()]
        places = [place for place, run in parked if run is not None and run.stream_id == stream_id]
        if places:
            await self._sessions.current().client.run(FORGET, (self._settings.parked,), places)

    async def _parked(self) -> list[tuple[bytes, bytes]]:
        entries: list[Any] = await self._sessions.current().client.run(PARKED, (self._settings.parked,), ())
        return [(place, fields[1]) for place, fields in entries]

    def _open_session(self, client: RedisClient) -> "_Session":
        return _Session(client, self._settings)


class _Session:
    """What one runtime has taken from a queue."""

    def __init__(self, client: RedisClient, settings: _Settings) -> None:
        self.client: Final = client
        self._settings: Final = settings
        self.taken: Final[dict[str, int]] = {}
        """The attempts that are being executed here, by their places."""
        self._news = trio.Event()
        self._next_look = 0.0

    async def beat(self) -> None:
        """Say again and again that the attempts are alive."""
        self.client.listen_to(self._settings.prefix, self._hear)
        while True:
            await trio.sleep(self._settings.lease / 3)
            if not self.taken:
                continue
            args = [item for place_and_attempt in self.taken.items() for item in place_and_attempt]
            try:
                await self.client.run(BEAT, (self._settings.runs,), args)
            except GenkitError as exc:
                logger.warning("the queue could not be told which runs are alive: %s", exc)

    async def take(self) -> TakenRun:
        """Wait for a run."""
        while True:
            news = self._news
            taken = await self._take_now()
            if taken is not None:
                return taken
            with trio.move_on_after(self._settings.lease / 4):
                await news.wait()

    async def park(self, place: str, attempt: int) -> None:
        """Put a run aside."""
        await self.client.run(PARK, (self._settings.runs, self._settings.parked), (place, attempt))

    async def _take_now(self) -> TakenRun | None:
        now = trio.current_time()
        look = now >= self._next_look
        answer: list[Any] = await self.client.run(
            TAKE, (self._settings.runs,), (self._settings.lease_ms, "1" if look else "0")
        )
        attempt = answer[1] if answer else 1
        if look and attempt == 1:
            # None of those that were taken is dead; to ask with each run would cost as much as there are of them.
            self._next_look = now + self._settings.lease / 4
        if not answer:
            return None
        place = answer[0].decode()
        run = _read(answer[2])
        if run is None:
            await self.park(place, attempt)
            return None
        self.taken[place] = attempt
        return TakenRun(run, attempt, place)

    def _hear(self, message: bytes) -> None:
        if message != b"new":
            self._next_look = 0.0
        self._news.set()
        self._news = trio.Event()


def _read(text: bytes) -> QueuedRun | None:
    try:
        return QueuedRun.from_json(text)
    except ValueError as exc:
        logger.error("an entry of the queue is no run: %s", exc)
        return None
