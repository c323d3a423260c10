"""Around the model and the tools: what comes with the library, and what you write."""

import attrs
import trio

from genkit_trio import Genkit, ModelRequest, ModelResponse, MultipartToolResponse, Part, PublicError
from genkit_trio.middleware import Fallback, Middleware, MiddlewareRef, NextRequest, NextTool, Retry, ToolHookParams
from genkit_trio.testing import scripted_model

ai = Genkit()
busy = PublicError("UNAVAILABLE", "too many passengers")


@ai.tool
async def add(numbers: list[int]) -> int:
    """Add numbers."""
    return sum(numbers)


@ai.middleware(name="audit")
@attrs.frozen
class Audit(Middleware):
    """Writes down which tools are called.

    Args:
      prefix: what each line begins with.
    """

    prefix: str = "tool"

    async def wrap_tool(self, params: ToolHookParams, next_fn: NextTool) -> MultipartToolResponse:
        """Go around one call."""
        answer = await next_fn(params)
        print(self.prefix, params.tool_request.name, params.tool_request.input, "->", answer.output)
        return answer


async def count_words(request: ModelRequest, next_fn: NextRequest) -> ModelResponse:
    """Go around one call of the model: a function will do."""
    response = await next_fn(request)
    print("the model said", len(response.text.split()), "words")
    return response


async def main() -> None:
    flaky = scripted_model(busy, Part.from_tool_request("add", [2, 3]), "The sum is 5.")
    response = await ai.generate(
        model=flaky,
        prompt="2 + 3?",
        tools=[add],
        use=[count_words, Audit(), Retry(initial_delay_ms=10)],
    )
    print(response.text)

    broken, other = scripted_model(busy, name="broken"), scripted_model("I am here.", name="other")
    response = await ai.generate(model=broken, prompt="Hello?", use=[Fallback([other])])
    print(response.text)

    # By its name, as a .prompt file or a developer's tool asks for it.
    named = MiddlewareRef(name="audit", config={"prefix": "called"})
    again = scripted_model(Part.from_tool_request("add", [1]), "1")
    await ai.generate(model=again, prompt="1?", tools=[add], use=[named])


trio.run(main)
