"""A plugin with the models of a service: a client for HTTP, streamed answers, errors with a status."""

import json
from typing import Any

import attrs
import httpx2
import trio

from genkit_trio import FinishReason, Genkit, GenkitError, Message, ModelUsage, Role, RunContext, Status
from genkit_trio.abc import Plugin
from genkit_trio.model import ModelAction, ModelInfo, ModelRequest, ModelResponse, ModelResponseChunk, Supports, model

STATUSES = {400: Status.INVALID_ARGUMENT, 401: Status.UNAUTHENTICATED, 429: Status.RESOURCE_EXHAUSTED}


@attrs.frozen
class Settings:
    """What a call may ask of a model of this service."""

    temperature: float = 1.0


class Lighthouse(Plugin):
    """Models called ``lighthouse/…``."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    @property
    def name(self) -> str:
        """What the names of its models begin with."""
        return "lighthouse"

    async def resolve(self, kind: str, name: str) -> ModelAction | None:
        """Make the model of this name, when somebody asks for it first."""
        if kind != "model":
            return None
        served = name.removeprefix("lighthouse/")

        async def ask(request: ModelRequest[Settings], ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
            return await self._ask(served, request, ctx)

        info = ModelInfo(label=f"Lighthouse {served}", supports=Supports(multiturn=True, system_role=True))
        return model(name, ask, info=info)

    async def _ask(
        self, served: str, request: ModelRequest[Settings], ctx: RunContext[ModelResponseChunk]
    ) -> ModelResponse:
        said = [{"role": message.role, "text": message.text} for message in request.messages]
        settings = request.config or Settings()
        body = {"model": served, "temperature": settings.temperature, "messages": said}
        pieces: list[str] = []
        tokens = 0
        # Cancelling the run leaves this block, which closes the connection.
        async with self._client.stream("POST", "/answers", json=body) as response:
            if response.status_code != 200:
                raise error_of(response)
            async for line in response.aiter_lines():
                event: dict[str, Any] = json.loads(line)
                if "text" in event:
                    pieces.append(event["text"])
                    await ctx.send_chunk(ModelResponseChunk(event["text"]))
                tokens = event.get("tokens", tokens)
        return ModelResponse(
            message=Message(Role.MODEL, "".join(pieces)),
            finish_reason=FinishReason.STOP,
            usage=ModelUsage(output_tokens=tokens),
        )


def error_of(response: httpx2.Response) -> GenkitError:
    """Return what an answer with an error status means; `Retry` waits for as long as it says."""
    wait = response.headers.get("retry-after", "")
    return GenkitError(
        STATUSES.get(response.status_code, Status.UNAVAILABLE),
        f"the service answered {response.status_code}",
        retry_after=float(wait) if wait.isdecimal() else None,
    )


def service(request: httpx2.Request) -> httpx2.Response:
    """Stand where the service would be."""
    body = json.loads(request.content)
    if body["model"] == "dark":
        return httpx2.Response(429, headers={"retry-after": "2"})
    lines = [{"text": "Ahoy, "}, {"text": f"{body['messages'][-1]['text']}!"}, {"tokens": 4}]
    return httpx2.Response(200, text="\n".join(map(json.dumps, lines)))


async def main() -> None:
    transport = httpx2.MockTransport(service)
    async with httpx2.AsyncClient(transport=transport, base_url="https://lighthouse.example") as client:
        ai = Genkit(plugins=[Lighthouse(client)])
        async with ai.generate_stream(model="lighthouse/bright", prompt="Ada", config={"temperature": 0.2}) as stream:
            async for chunk in stream:
                print(chunk.text)
            response = await stream.output()
        print(response.text, response.usage and response.usage.output_tokens)

        for name, temperature in (("lighthouse/bright", "hot"), ("lighthouse/dark", 1)):
            try:
                await ai.generate(model=name, prompt="Ada", config={"temperature": temperature})
            except GenkitError as exc:
                print(exc.status.name, "|", exc, "|", exc.retry_after)


trio.run(main)
