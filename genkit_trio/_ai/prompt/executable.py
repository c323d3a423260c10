"""Prompts as a program calls them."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Generic, Unpack

import attrs
from typing_extensions import TypeVar

from ..._core import ActionStream, Registry
from ..._wire import ABSENT, ActionKey, PublicError, Status
from ..action_options import GenerateActionOptions
from ..chunk import GeneratedChunk
from ..generate import Generation, generate_of, stream_of
from ..generate.options import PromptGenerateOptions
from ..response import ModelResponse
from .action import PROMPT, PromptAction, prepare
from .definition import PromptDefinition, full_name_of
from .schemas import DeclaredSchema, PromptInput, Schema

InputT = TypeVar("InputT", default=Any)
OutputT = TypeVar("OutputT", default=Any)


@attrs.frozen(kw_only=True)
class PromptReference:
    """A prompt by its name, and what its user says of its input and output."""

    name: str
    variant: str | None = None
    input_schema: Schema = None
    output_schema: Schema = None


class ExecutablePrompt(Generic[InputT, OutputT]):
    """A prompt: called with its input, it asks the model.

    ``await prompt(input)`` renders it and generates; ``async with prompt.stream(input) as stream:`` does so in chunks;
    ``await prompt.render(input)`` only renders it. Each takes the keyword arguments of ``generate`` but ``prompt`` and
    ``system``. They win over what the prompt says; settings are merged, and the documents of both are sent.

    The input is what the prompt declares, or a mapping in its place. It is made by ``ai.define_prompt(…)``, or found
    by ``ai.prompt("name")``.
    """

    def __init__(self, registry: Registry, source: PromptDefinition | PromptReference) -> None:
        self._registry: Final = registry
        self._source = source  # a reference becomes a definition at its first use

    def __repr__(self) -> str:
        return f"<prompt {self.name}>"

    @property
    def name(self) -> str:
        """Its name, with the variant; empty for one that is not registered."""
        return full_name_of(self._source.name, self._source.variant)

    async def __call__(
        self, input: InputT | Mapping[str, Any] | None = None, **options: Unpack[PromptGenerateOptions]
    ) -> ModelResponse[OutputT]:
        """Render the prompt, ask the model, run the tools that it asks for, and return its answer.

        Args:
          input: what the templates are filled with.
          options: what the call says beside it.

        Raises:
          PublicError: ``NOT_FOUND``, if there is no such prompt; ``INVALID_ARGUMENT``, if the input does not fit.
          Exception: what ``generate`` raises, and what a helper of a template raises.
        """
        return await generate_of(
            self._registry, await self._prepare(input, options), context=options.get("context", ABSENT)
        )

    @asynccontextmanager
    async def stream(
        self, input: InputT | Mapping[str, Any] | None = None, **options: Unpack[PromptGenerateOptions]
    ) -> AsyncGenerator[ActionStream[ModelResponse[OutputT], GeneratedChunk], None]:
        """Do what a call does, in a task of its own, and give its chunks to an ``async with`` block.

        Leaving the block early cancels the model's call and the tools, and waits for their cleanup.

        Args:
          input: what the templates are filled with.
          options: what the call says beside it.
        """
        generation = await self._prepare(input, options)
        async with stream_of(self._registry, generation, context=options.get("context", ABSENT)) as stream:
            yield stream

    async def render(
        self, input: InputT | Mapping[str, Any] | None = None, **options: Unpack[PromptGenerateOptions]
    ) -> GenerateActionOptions:
        """Render the prompt without asking the model.

        Args:
          input: what the templates are filled with.
          options: what the call says beside it.
        """
        return await self._prepare(input, options)

    async def _prepare(self, given: object, options: PromptGenerateOptions) -> Generation:
        source = self._source
        if isinstance(source, PromptReference):
            source = self._source = await self._find(source)
        return await prepare(self._registry, source, given, options)

    async def _find(self, reference: PromptReference) -> PromptDefinition:
        action = await self._registry.find(ActionKey(PROMPT, self.name))
        if action is None:
            raise PublicError(Status.NOT_FOUND, f"prompt {self.name!r} not found")
        if not isinstance(action, PromptAction):
            raise PublicError(
                Status.FAILED_PRECONDITION, f"{action.key} is no prompt of this program; run it as an action instead"
            )
        found: PromptDefinition = action.definition
        if reference.input_schema is not None:
            found = attrs.evolve(found, input=PromptInput(self._registry, reference.input_schema, found.input.default))
        if reference.output_schema is not None:
            found = attrs.evolve(found, output=DeclaredSchema(self._registry, reference.output_schema))
        return found
