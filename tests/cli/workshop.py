"""An application that is its own customer: a worker of it finds a run in its queue."""

import trio

from genkit_trio import Genkit
from genkit_trio._runtime import QueuedRun
from genkit_trio.testing import MemoryWorkQueue

ai = Genkit()


class _Queue(MemoryWorkQueue):
    async def __call__(self, runtime, /, *, task_status):  # noqa: ASYNC114, ASYNC128  # the memory queue says when
        await self.put(
            QueuedRun(
                stream_id="s",
                action="/flow/make",
                input=None,
                has_input=False,
                context={},
                timeout=None,
                attempts=1,
                idempotency_key="s",
                traceparent=None,
            )
        )
        await super().__call__(runtime, task_status=task_status)


queue = _Queue()


@ai.flow
async def make() -> None:
    print("working", flush=True)  # noqa: T201  # the test that started this process waits for it
    await trio.sleep(0.5)
    print("done", flush=True)  # noqa: T201  # as above
