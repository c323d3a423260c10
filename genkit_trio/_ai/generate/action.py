"""``/util/generate``: the action that all generations are runs of."""

from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

from ..._core import Action, ActionStream, Context, Registry, RunContext, current_run
from ..._wire import ABSENT, Absent
from ..action_options import GenerateActionOptions
from ..chunk import GeneratedChunk, ModelResponseChunk
from ..generate_source import GENERATE
from ..middleware.hooks import GenerateHookParams
from ..request import ModelRequest
from ..response import ModelResponse
from .generation import Generation
from .loop import Turns
from .resolved import resolve

GenerateAction: TypeAlias = Action[GenerateActionOptions, ModelResponse, ModelResponseChunk]
GenerateStream: TypeAlias = AbstractAsyncContextManager[ActionStream[ModelResponse, GeneratedChunk]]


def generate_action(registry: Registry) -> GenerateAction:
    """Return ``/util/generate`` of *registry*; made and registered by the first who asks.

    It looks up models, tools and all else in that registry. A child has that of its parent.
    """
    action: GenerateAction | None = registry.get(GENERATE)
    if action is not None:
        return action
    if registry.parent is not None:
        return generate_action(registry.parent)

    async def generate(options: GenerateActionOptions, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
        """Ask a model, and run the tools that it asks for."""
        return await _generate(registry, options, ctx)

    return registry.register(Action(GENERATE.kind, GENERATE.name, generate, {}))


async def generate_of(
    registry: Registry, generation: Generation, *, context: Context | Absent = ABSENT
) -> ModelResponse[Any]:
    """Run *generation* and return the response.

    Args:
      registry: where the action is looked up.
      generation: the request.
      context: who is calling; absent, it is inherited from the current run.
    """
    return await generate_action(registry)(generation, context=context)


def stream_of(registry: Registry, generation: Generation, *, context: Context | Absent = ABSENT) -> GenerateStream:
    """Run *generation* in a task of its own, for ``async with``; see `generate_of`."""
    # The chunks are what the turns send, and those know what came before them.
    opened: Any = generate_action(registry).stream(generation, context=context)
    stream: GenerateStream = opened
    return stream


async def request_of(registry: Registry, generation: Generation) -> ModelRequest:
    """Return the first request that *generation* would make; nothing is run but its resources."""
    options, resolved = await resolve(registry, generation)
    return resolved.request_of(options)


async def _generate(
    registry: Registry, options: GenerateActionOptions, ctx: RunContext[ModelResponseChunk]
) -> ModelResponse:
    if isinstance(options, Generation) and options.registry is not None:
        registry = options.registry
    run = current_run()
    if options.step_name is not None and run is not None:
        run.name = options.step_name
    options, resolved = await resolve(registry, options)
    params = GenerateHookParams(
        options=options,
        iteration=0,
        message_index=0,
        registry=registry,
        send_chunk=ctx.send_chunk,
        is_streaming=ctx.is_streaming,
    )
    return await Turns(resolved).run(params)
