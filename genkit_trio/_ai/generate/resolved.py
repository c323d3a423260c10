"""What the names in the options of a generation stand for; they are looked up once, before its first turn."""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from ..._core import AnyAction, Registry
from ..._wire import Codec, JsonValue, PublicError, Status
from ..action_options import GenerateActionOptions, GenerateOutput
from ..background import BackgroundModel
from ..format.instructions import instructions_to_send, output_config_of, with_instructions
from ..format.output import OutputParser, codec_of_output
from ..format.registry import requested_format
from ..message import Message
from ..middleware.chain import NO_MIDDLEWARE, Chain, chain_of
from ..middleware.resolve import resolve_middleware
from ..model import ModelAction, default_model
from ..model_lookup import resolve_model
from ..request import ModelRequest, OutputConfig, ToolDefinition
from ..tool import definition_of, short_name
from ..tool_lookup import resolve_tools
from .generation import Generation, config_over
from .resources import with_resources
from .toolcalls import ToolCaller

_NO_OUTPUT: Final = OutputConfig()


@attrs.frozen(kw_only=True)
class Resolved:
    """What the names stand for.

    Args:
      registry: where they were looked up.
      model: the model, or the action that starts a background model.
      definitions: what the model is told about the tools.
      caller: runs the tools.
      chain: the middleware.
      output: what the model is told about the form of its answer.
      parser: reads the answer, if a form was asked for.
    """

    registry: Registry
    model: AnyAction
    definitions: list[ToolDefinition]
    caller: ToolCaller
    chain: Chain
    output: OutputConfig
    parser: OutputParser[Any] | None

    def request_of(self, options: GenerateActionOptions) -> ModelRequest:
        """Return the request that a turn with these *options* makes."""
        return ModelRequest(
            messages=options.messages,
            config=options.config,
            tools=self.definitions,
            tool_choice=options.tool_choice,
            output=self.output,
            docs=options.docs,
        )


async def resolve(registry: Registry, options: GenerateActionOptions) -> tuple[GenerateActionOptions, Resolved]:
    """Look up what *options* name, in *registry*.

    Returns:
      the options of the first turn, with resources and instructions in their messages; and what the names stand for.

    Raises:
      PublicError: ``INVALID_ARGUMENT`` or ``NOT_FOUND``, for what there is not, or does not go together.
      TypeError: for middleware that is none.
    """
    if options.max_turns is not None and options.max_turns < 0:
        raise PublicError(Status.INVALID_ARGUMENT, f"max_turns is {options.max_turns}; it must be 0 or more")
    given = options if isinstance(options, Generation) else _given(registry, options)
    model = _action_of(await resolve_model(registry, given.given_model), options)
    use, names = given.given_use, given.given_tools
    chain = chain_of(resolve_middleware(registry, use)) if use else NO_MIDDLEWARE
    tools = await resolve_tools(registry, [*(names or ()), *chain.tools]) if names or chain.tools else []
    messages = await with_resources(registry, options.messages, given.given_resources or ())
    output, parser = _NO_OUTPUT, None
    if options.output is not None:
        output, parser, messages = _form_of(registry, options.output, given.output_codec, messages)
    by_name = {name: tool for tool in tools for name in (tool.name, short_name(tool.name))}
    resolved = Resolved(
        registry=registry,
        model=model,
        definitions=[definition_of(tool) for tool in tools],
        caller=ToolCaller(registry, by_name, chain, given.max_parallel_tools),
        chain=chain,
        output=output,
        parser=parser,
    )
    return attrs.evolve(options, messages=messages, config=given.config), resolved


def _given(registry: Registry, options: GenerateActionOptions) -> Generation:
    """Return the request that *options*, which came as JSON, would be in this process."""
    model = options.model or default_model(registry)
    return Generation(
        messages=options.messages,
        config=config_over(model, options.config),
        given_model=model,
        given_tools=options.tools,
        given_resources=options.resources,
        given_use=options.use,
    )


def _action_of(model: ModelAction | BackgroundModel, options: GenerateActionOptions) -> AnyAction:
    if not isinstance(model, BackgroundModel):
        return model
    if options.resume is not None:
        message = f"background model {model.name!r} calls no tools, so it cannot resume after one"
        raise PublicError(Status.FAILED_PRECONDITION, message)
    return model.start_action


def _form_of(
    registry: Registry, output: GenerateOutput, codec: Codec[Any] | None, messages: list[Message]
) -> tuple[OutputConfig, OutputParser[Any] | None, list[Message]]:
    """Return what the model is told about its output, what reads it, and *messages* with the instructions for it."""
    form = requested_format(registry, output)
    if form is None:
        told = OutputConfig(constrained=output.constrained, content_type=output.content_type)
        text = output.instructions if isinstance(output.instructions, str) else None
        return told, None, with_instructions(messages, text) if text else messages
    if codec is None and output.json_schema is not None:
        codec = _codec_of(output.json_schema)
    text = instructions_to_send(form, output.json_schema, output.instructions)
    told = output_config_of(form, output)
    return told, OutputParser(form, codec), with_instructions(messages, text) if text else messages


def _codec_of(schema: Mapping[str, JsonValue]) -> Codec[Any]:
    try:
        return codec_of_output(schema)
    except TypeError as exc:
        raise PublicError(Status.INVALID_ARGUMENT, f"output.jsonSchema: {exc}") from exc
