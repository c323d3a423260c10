"""How often at once, how often again."""

from functools import partial

import trio

from genkit_trio import Genkit, PublicError, Retry, Status, run_all

ai = Genkit()
running = most = calls = 0


@ai.flow(max_concurrency=2, max_queue=10)
async def narrow(item: int) -> int:
    global running, most
    running += 1
    most = max(most, running)
    await trio.sleep(0.01)
    running -= 1
    return item * 10


@ai.flow(timeout=5, retry=Retry(attempts=3, on=(Status.UNAVAILABLE,), backoff=0.01))
async def flaky() -> str:
    global calls
    calls += 1
    if calls < 3:
        raise PublicError("UNAVAILABLE", "the other side is starting")
    return f"answered at call {calls}"


async def main() -> None:
    print(await run_all(*(partial(narrow, item) for item in range(5))), "at most", most, "at once")
    print(await flaky())


trio.run(main)
