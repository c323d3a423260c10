"""The reflection API, version 2: the runtime connects to a tools server, registers, and answers what it asks.

The service connects again whenever the connection is lost, for ever, under the same id.
"""

import logging
import os
from contextlib import AbstractAsyncContextManager
from itertools import count
from typing import Final
from urllib.parse import urlsplit

import attrs
import trio

from .._runtime import GENKIT_VERSION, Reflection, Runtime
from .._wire import SPEC_VERSION, dumps, quoted
from .session import Disconnected, Session, Socket

logger = logging.getLogger("genkit_trio")

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 5.0

_instances: Final = count(1)


@attrs.frozen
class ReflectionClient:
    """A runtime's service.

    Args:
      reflection: what there is.
      url: the tools server: ``ws://localhost:3200``.
      runtime_id: what tools call the runtime, `None` for the process id.

    Raises:
      ValueError: if the URL is none of a WebSocket.
    """

    reflection: Reflection
    url: str
    runtime_id: str | None

    def __attrs_post_init__(self) -> None:
        if urlsplit(self.url).scheme not in {"ws", "wss"} or not self.url.isprintable():
            raise ValueError(f"the tools server is {quoted(self.url)}; GENKIT_REFLECTION_V2_SERVER is a ws:// URL")

    async def __call__(  # noqa: ASYNC114  # started by a runtime
        self, runtime: Runtime, /, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Stay connected until cancelled. The runtime does not wait for the tools server: it may come later."""
        registration = self._registration()
        pause = FIRST_PAUSE
        task_status.started()
        while True:
            try:
                async with _open_socket(self.url) as socket:
                    pause = FIRST_PAUSE
                    logger.info("connected to the tools server at %s", self.url)
                    await Session(self.reflection, runtime, socket).run(registration)
            except Disconnected as exc:
                # Said once per loss, not once per attempt.
                level = logging.WARNING if pause == FIRST_PAUSE else logging.DEBUG
                logger.log(level, "not connected to the tools server at %s: %s; trying again", self.url, exc)
            await trio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _registration(self) -> bytes:
        # Two runtimes with one id would take each other's place.
        number = next(_instances)
        own = str(os.getpid()) if number == 1 else f"{os.getpid()}-{number}"
        return dumps(
            {
                "id": self.runtime_id or own,
                "pid": os.getpid(),
                "genkitVersion": GENKIT_VERSION,
                "reflectionApiSpecVersion": SPEC_VERSION,
                "envs": ["dev"],
            }
        )


def _open_socket(url: str) -> AbstractAsyncContextManager[Socket]:
    # The HTTP library is large, and most programs that import this package never get here.
    from .websocket import open_websocket

    return open_websocket(url)
