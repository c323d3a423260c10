"""Cleanup that has to wait has its own, short time."""

import trio

from genkit_trio import Genkit

ai = Genkit()


@ai.flow
async def hold_a_lock() -> None:
    try:
        await trio.sleep_forever()
    finally:
        with trio.move_on_after(1, shield=True):
            await trio.sleep(0.01)  # telling the server of the lock
            print("released")


async def main() -> None:
    with trio.move_on_after(0.05):
        await hold_a_lock()
    print("left")


trio.run(main)
