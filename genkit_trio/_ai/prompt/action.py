"""The two actions of a prompt, through which others see it: both render, and neither asks a model."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, Never, TypeVar

from ..._core import Action, Registry, current_context, run_in_span
from ..._tracing import Span, current_span
from ..._wire import Absent, ActionKey, InvalidValue, JsonValue, PublicError, Status
from ..action_options import GenerateActionOptions
from ..generate import Generation, new_generation, request_of
from ..generate.options import PromptGenerateOptions
from ..request import ModelRequest
from .definition import FOLDERS, PromptDefinition
from .listing import metadata_of
from .rendering import options_of
from .schemas import DeclaredSchema

logger = logging.getLogger("genkit_trio")

OutputT = TypeVar("OutputT")

PROMPT: Final = "prompt"
EXECUTABLE_PROMPT: Final = "executable-prompt"
KINDS: Final = (PROMPT, EXECUTABLE_PROMPT)
"""The kinds of the two actions of a prompt: one gives a model's request, the other the options of a generation."""


class PromptAction(Action[Any, OutputT, Never]):
    """An action that renders a prompt.

    Its input is described and checked as the prompt declares it, by the schemas that are known when it is first used.
    """

    def __init__(
        self, kind: str, registry: Registry, definition: PromptDefinition, fn: Callable[..., Awaitable[OutputT]]
    ) -> None:
        super().__init__(kind, definition.full_name, fn, {"description": definition.description})
        self.definition: Final = definition
        self._registry: Final = registry

    def load_input(self, data: JsonValue | Absent) -> Any:
        """Return the input that *data*, the JSON value of a request, stands for.

        Raises:
          PublicError: ``INVALID_ARGUMENT``, with the path of everything that does not fit.
        """
        try:
            return self.definition.input.load(data)
        except InvalidValue as exc:
            raise PublicError(Status.INVALID_ARGUMENT, str(exc)) from exc

    def describe(self) -> dict[str, JsonValue]:
        """Return the action as listings show it."""
        described = super().describe()
        if self.kind == PROMPT:
            # It is the same for all prompts, large, and read by nobody.
            del described["outputSchema"]
        schema = self._schema_of(self.definition.input)
        if schema is not None:
            described["inputSchema"] = dict(schema)
        output = self._schema_of(self.definition.output)
        described["metadata"] = metadata_of(self._registry, self.definition, schema, output)
        return described

    def _schema_of(self, declared: DeclaredSchema) -> Mapping[str, JsonValue] | None:
        if declared.declared is None:
            return None
        try:
            return declared.codec().schema()
        except (TypeError, ValueError, PublicError) as exc:
            # A listing is for people: one prompt that names a schema which is missing leaves the rest to be seen.
            logger.warning("a schema of %s is left out of the listing: %s", self.key, exc)
            return None


def actions_of(
    registry: Registry, definition: PromptDefinition
) -> tuple[PromptAction[ModelRequest], PromptAction[GenerateActionOptions]]:
    """Return the two actions of a prompt; they are not registered."""

    async def to_request(input: Any = None) -> ModelRequest:
        return await request_of(registry, await prepare(registry, definition, input, {}))

    async def to_options(input: Any = None) -> GenerateActionOptions:
        return await prepare(registry, definition, input, {})

    return (
        PromptAction(PROMPT, registry, definition, to_request),
        PromptAction(EXECUTABLE_PROMPT, registry, definition, to_options),
    )


def register(registry: Registry, definition: PromptDefinition) -> None:
    """Register the two actions of a prompt.

    Raises:
      ValueError: if there is a prompt with its name.
    """
    if registry.get(ActionKey(PROMPT, definition.full_name)) is not None:
        raise ValueError(f"there is a prompt {definition.full_name!r} already; give one another name or variant")
    for action in actions_of(registry, definition):
        registry.register(action)


async def prepare(
    registry: Registry, definition: PromptDefinition, given: object, overrides: PromptGenerateOptions
) -> Generation:
    """Render a prompt, in a span of its own, into a generation that can begin.

    Raises:
      PublicError: if the input does not fit, or something has a name that is not known.
      Exception: what a helper of a template raises.
    """
    for folder in registry.values(FOLDERS).values():
        await folder.read()
    span = Span("render", "promptTemplate", "", current_span.get())
    span.set_attribute("genkit:metadata:promptName", definition.full_name)
    return await run_in_span(span, partial(_rendered, registry, definition, overrides), given)


async def _rendered(  # noqa: ASYNC124  # a span is around what is awaited
    registry: Registry, definition: PromptDefinition, overrides: PromptGenerateOptions, given: object
) -> Generation:
    said = overrides.get("context")
    options = options_of(definition, given, overrides, current_context() if said is None else said)
    if definition.output.declared is None:
        return new_generation(registry, options)
    # Who reads what a prompt renders to sees the format that its schema implies.
    return new_generation(registry, {"output_format": "json", **options}, definition.output.codec())
