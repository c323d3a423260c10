"""A request to generate as a call in this process makes it: with the models, tools and types themselves."""

from collections.abc import Sequence
from typing import Any, Final

import attrs

from ..._core import AnyAction, Registry
from ..._wire import Codec, JsonValue, codec_of
from ..action_options import GenerateActionOptions, GenerateOutput, MiddlewareRef, Resume
from ..format.output import codec_of_output
from ..message import Message, Role
from ..middleware.resolve import Use
from ..model import ModelRef, default_model
from ..model_lookup import ModelLike
from ..part import Part
from ..request import ToolChoice
from ..resource import Resource
from ..tool import Tool
from ..value import is_mapping
from .options import GenerateOptions, SharedOptions

_LOCAL: Final = {"wire": False}


@attrs.frozen(kw_only=True, repr=False)
class Generation(GenerateActionOptions):
    """What ``/util/generate`` takes in this process: its input, and what stands behind the names in it.

    Attributes:
      registry: where names are looked up; by default that of the action.
      given_model: the model itself, or how it was named.
      given_tools: tools and names of tools.
      given_resources: resources and names of them.
      given_use: middleware in all its forms.
      output_codec: the type of the output.
      max_parallel_tools: how many tools of one turn may run at once.
    """

    registry: Registry | None = attrs.field(default=None, metadata=_LOCAL)
    given_model: ModelLike | None = attrs.field(default=None, metadata=_LOCAL)
    given_tools: Sequence[str | Tool] | None = attrs.field(default=None, metadata=_LOCAL)
    given_resources: Sequence[str | Resource] | None = attrs.field(default=None, metadata=_LOCAL)
    given_use: Sequence[Use] | None = attrs.field(default=None, metadata=_LOCAL)
    output_codec: Codec[Any] | None = attrs.field(default=None, metadata=_LOCAL)
    max_parallel_tools: int | None = attrs.field(default=None, metadata=_LOCAL)


def new_generation(registry: Registry, options: GenerateOptions, output_schema: Any = None) -> Generation:
    """Return what *options*, the arguments of a call of ``generate``, ask for.

    Args:
      registry: where names are looked up.
      options: the arguments.
      output_schema: the type of the output, a JSON Schema, a codec, or the name of a defined schema.

    Raises:
      TypeError: for an argument that does not exist, or a type that has no JSON.
    """
    _check(options)
    model = options.get("model") or default_model(registry)
    tools, resources, use = options.get("tools"), options.get("resources"), options.get("use")
    docs, choice = options.get("docs"), options.get("tool_choice")
    codec = None if output_schema is None else codec_of_output(_defined(registry, output_schema))
    return Generation(
        messages=_messages_of(options),
        model=None if model is None else model if isinstance(model, str) else model.name,
        config=config_over(model, options.get("config")),
        tools=_keys_of(tools),
        resources=_keys_of(resources),
        tool_choice=None if choice is None else ToolChoice(choice),
        docs=None if docs is None else list(docs),
        output=_output_of(options, codec),
        resume=_resume_of(options),
        return_tool_requests=options.get("return_tool_requests"),
        max_turns=options.get("max_turns"),
        step_name=options.get("step_name"),
        use=None if use is None else [each for each in use if isinstance(each, MiddlewareRef)],
        registry=registry,
        given_model=model,
        given_tools=tools,
        given_resources=resources,
        given_use=use,
        output_codec=codec,
        max_parallel_tools=options.get("max_parallel_tools"),
    )


def _check(options: GenerateOptions) -> None:
    unknown = options.keys() - _NAMES
    if unknown:
        raise TypeError(f"generate has no argument {min(unknown)!r}; there are {', '.join(sorted(_NAMES))}")


def _messages_of(options: GenerateOptions) -> list[Message]:
    messages: list[Message] = []
    system, prompt = options.get("system"), options.get("prompt")
    if system:
        messages.append(Message(Role.SYSTEM, system))
    messages.extend(options.get("messages", ()))
    if prompt:
        messages.append(Message(Role.USER, prompt))
    return messages


def _output_of(options: GenerateOptions, codec: Codec[Any] | None) -> GenerateOutput | None:
    schema = None if codec is None else codec.schema()
    if schema is None and not (options.keys() & _OUTPUT):
        return None
    return GenerateOutput(
        format=options.get("output_format"),
        content_type=options.get("output_content_type"),
        instructions=options.get("output_instructions"),
        constrained=options.get("output_constrained"),
        json_schema=schema,
    )


def _resume_of(options: GenerateOptions) -> Resume | None:
    if not options.keys() & _RESUME:
        return None
    return Resume(
        respond=_list_of(options.get("resume_respond")),
        restart=_list_of(options.get("resume_restart")),
        metadata=options.get("resume_metadata"),
    )


def _keys_of(actions: Sequence[str | AnyAction] | None) -> list[str] | None:
    if actions is None:
        return None
    return [action if isinstance(action, str) else str(action.key) for action in actions]


def _list_of(parts: Part | Sequence[Part] | None) -> list[Part] | None:
    if parts is None:
        return None
    return [parts] if isinstance(parts, Part) else list(parts)


def config_over(model: ModelLike | None, given: Any) -> Any:
    """Return the settings of a call, laid over those of the reference that names its model."""
    if not isinstance(model, ModelRef) or (model.config is None and model.version is None):
        return given
    settings: dict[str, JsonValue] = {} if model.version is None else {"version": model.version}
    for layer in (model.config, given):
        settings.update(_settings_of(layer))
    return settings


def _settings_of(config: object) -> dict[str, JsonValue]:
    settings: object = config if config is None or is_mapping(config) else codec_of(type(config)).dump(config)
    if settings is None:
        return {}
    if not is_mapping(settings):
        raise TypeError(f"config is {config!r}; it must be a mapping, or an instance of the class that the model takes")
    return {name: value for name, value in settings.items() if value is not None}


def _defined(registry: Registry, schema: Any) -> Any:
    if not isinstance(schema, str):
        return schema
    defined = registry.values("schema")
    if schema not in defined:
        raise TypeError(f"no schema {schema!r}; define it with ai.define_schema")
    return defined[schema]


_NAMES: Final = GenerateOptions.__annotations__.keys()
_OUTPUT: Final = frozenset(name for name in SharedOptions.__annotations__ if name.startswith("output_"))
_RESUME: Final = frozenset(("resume_respond", "resume_restart", "resume_metadata"))
