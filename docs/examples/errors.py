"""An error is the object that was raised; a status is what it means to others."""

from functools import partial

import trio

from genkit_trio import Genkit, GenkitError, PublicError, run_any, status_of

ai = Genkit()


@ai.flow
async def find(name: str) -> str:
    if name == "nobody":
        raise PublicError("NOT_FOUND", f"there is no {name!r}", details={"name": name})
    if name == "internal":
        raise GenkitError("UNAVAILABLE", "shard 7 is down")
    raise KeyError(name)


async def main() -> None:
    for name in ("nobody", "internal", "bug"):
        try:
            await find(name)
        except Exception as exc:
            status = status_of(exc)
            print(f"{type(exc).__name__}: {status.name}, HTTP {status.http}")

    try:
        await run_any(partial(find, "nobody"), partial(find, "internal"))
    except* GenkitError as group:
        print("all failed:", *(str(exc) for exc in group.exceptions), sep="\n  ")


trio.run(main)
