"""Map and reduce: summaries of all chapters, a few at once, and a summary of the summaries."""

from functools import partial

import trio

from genkit_trio import Genkit, Message, ModelRequest, ModelResponse, Role, run_all

CHAPTERS = [
    "The river was wide. Nobody had crossed it in winter. Many had tried.",
    "A woman built a boat of oak. It took her two years. The wood came from the hills.",
    "On the first day of spring she crossed. The whole town watched. It rained.",
]
ai = Genkit(model="first_sentences")
running = most = 0


@ai.model
async def first_sentences(request: ModelRequest) -> ModelResponse:
    """Keep the first sentence of each line: a model that needs no network."""
    global running, most
    running += 1
    most = max(most, running)
    await trio.sleep(0.01)
    running -= 1
    lines = request.messages[-1].text.splitlines()
    return ModelResponse(message=Message(Role.MODEL, " ".join(f"{line.split('. ')[0].strip('.')}." for line in lines)))


@ai.flow
async def summarize(text: str) -> str:
    """Summarize a text."""
    return (await ai.generate(system="Summarize.", prompt=text)).text


@ai.flow(timeout=60)
async def summarize_book(chapters: list[str]) -> str:
    """Summarize the chapters, then what came of them."""
    summaries = await run_all(*(partial(summarize, chapter) for chapter in chapters), limit=2)
    return await summarize("\n".join(summaries))


async def main() -> None:
    print(await summarize_book(CHAPTERS))
    print("at most", most, "at once")


trio.run(main)
