"""Sending what waits in an outbox, batch after batch, for as long as there is a collector that takes it."""

from typing import Final, Generic, TypeVar

import trio

from .collector import LAST_WORDS, Collector, logger
from .outbox import Outbox

T = TypeVar("T")

HOPELESS: Final = 2
"""So many failures in a row, and nobody waits for the next attempt."""
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 1.0
"""Seconds between attempts while they fail: then a dead collector costs little, and one that is back is soon found."""


class Sender(Generic[T]):
    """Sends what waits in an outbox.

    Args:
      collector: where to.
      path: of the collector's, for this sort of things.
      outbox: where they wait.
      noun: what they are called in a log line.
    """

    def __init__(self, collector: Collector, path: str, outbox: Outbox[T], noun: str) -> None:
        self.sent = 0
        self.failed = 0
        """How many things were in batches that the collector did not take."""
        self.failures = 0
        """How many batches failed since one was taken."""
        self.sending: tuple[T, ...] = ()
        self._collector: Final = collector
        self._path: Final = path
        self._outbox: Final = outbox
        self._noun: Final = noun
        self._more = trio.Event()
        self._posted: Final = trio.lowlevel.ParkingLot()
        self._has_told = False

    @property
    def is_hopeless(self) -> bool:
        """Whether the last attempts failed, so that it makes no sense to wait for the next one."""
        return self.failures >= HOPELESS

    def wake(self) -> None:
        """Something has been put into the outbox. For trio's thread."""
        self._more.set()

    async def wait_posted(self) -> None:
        """Wait until the next attempt is over, whether the batch was taken or not."""
        await self._posted.park()

    async def run(self) -> None:
        """Send what there is and what comes, until cancelled; then send the rest, if that goes quickly."""
        try:
            while True:
                await self._more.wait()
                self._more = trio.Event()
                await self._send_all()
        finally:
            with trio.move_on_after(LAST_WORDS, shield=True):
                await self._send_rest()
            self._drop_rest()

    async def _send_all(self) -> None:
        while len(self._outbox):
            await self._send_next()
            if self.is_hopeless:
                await trio.sleep(min(FIRST_PAUSE * 2 ** min(self.failures - HOPELESS, 9), LONGEST_PAUSE))

    async def _send_rest(self) -> None:
        while len(self._outbox) and not self.is_hopeless:
            await self._send_next()

    def _drop_rest(self) -> None:
        while len(self._outbox):
            self._outbox.dropped += len(self._outbox.take())
        self._tell()
        self._posted.unpark_all()

    async def _send_next(self) -> None:
        batch = self._outbox.take()
        self.sending = tuple(batch)
        try:
            taken = await self._collector.post(self._path, self._outbox.document_of(batch))
        except trio.Cancelled:
            # It may have arrived: the server takes the same span twice.
            self._outbox.give_back(batch)
            raise
        finally:
            self.sending = ()
        self._count(len(batch), taken=taken)
        self._tell()
        self._posted.unpark_all()

    def _count(self, size: int, *, taken: bool) -> None:
        if taken:
            self.sent += size
            self.failures = 0
        else:
            self.failed += size
            self.failures += 1

    def _tell(self) -> None:
        if self._outbox.dropped and not self._has_told:
            self._has_told = True
            message = "%d %s were not sent to the telemetry server: there was no room or no time"
            logger.warning(message, self._outbox.dropped, self._noun)
