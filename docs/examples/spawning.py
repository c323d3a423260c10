"""Work that outlives its caller belongs to the runtime."""

import trio

from genkit_trio import Genkit, current_context, open_runtime

ai = Genkit()


@ai.flow
async def write_report(title: str) -> str:
    await trio.sleep(0.01)
    return f"{title}, for {current_context()['user']}"


async def main() -> None:
    async with open_runtime(ai, drain_timeout=5) as runtime:
        report = runtime.spawn(write_report, "Tides", timeout=60, context={"user": "Ada"})
        print(report.state.value)
    print(await report.output())


trio.run(main)
