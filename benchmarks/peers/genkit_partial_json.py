"""The answers of ``partial_json`` in genkit, on asyncio: the name of a case is the size of the answer."""

import asyncio
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Final

from genkit import ActionRunContext, Genkit, Message, ModelRequest, ModelResponse, ModelResponseChunk, Part, Role

from benchmarks.model_answers import chunks_of, small_objects
from benchmarks.worker import Case, answer

ai: Final = Genkit()


def _new_case(size: int) -> Case:
    text = small_objects(size)

    async def model(request: ModelRequest, ctx: ActionRunContext) -> ModelResponse:
        for piece in chunks_of(text):
            ctx.send_chunk(ModelResponseChunk(role=Role.MODEL, content=[Part.from_text(piece)]))
        return ModelResponse(message=Message(role=Role.MODEL, content=[Part.from_text(text)]))

    ai.define_model(f"answer-{size}", model)

    async def run(rounds: int) -> None:
        for _ in range(rounds):
            stream = ai.generate_stream(model=f"answer-{size}", prompt="Answer in JSON.", output_format="json")
            output = None
            async for chunk in stream.stream:
                output = chunk.output
            response = await stream.response
            if output != response.output:
                raise RuntimeError("what was streamed is not what was answered")

    return Case(run)


class _Cases(dict[str, Case]):
    """Makes a case when it is first asked for."""

    def __missing__(self, name: str) -> Case:
        case = self[name] = _new_case(int(name))
        return case


def _run(fn: Callable[[Case, int], Awaitable[float]], case: Case, rounds: int, /) -> float:
    async def main() -> float:
        return await fn(case, rounds)

    return asyncio.run(main())


if __name__ == "__main__":
    answer(_Cases(), _run, {"name": "genkit", "version": version("genkit"), "on": "asyncio"})
