"""Models: what answers requests, and how a call names one."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, TypeAlias, Unpack, get_args, get_origin

import attrs
from typing_extensions import TypeVar

from .._core import Action, ActionOptions, Around, Body, Registry, Run, RunContext, Signature, read_signature
from .._wire import ActionKey, Codec, InvalidValue, JsonValue, PublicError, Status, Wire, codec_of
from .chunk import ModelResponseChunk
from .declaring import SchemaLike, core_options, schema_of, signature_of
from .model_info import ModelInfo
from .request import ModelRequest
from .response import ModelResponse
from .value import is_mapping

ConfigT = TypeVar("ConfigT", default=Any)

ModelAction: TypeAlias = Action[ModelRequest, ModelResponse, ModelResponseChunk]

ModelFunction: TypeAlias = (
    Callable[[ModelRequest[ConfigT]], Awaitable[ModelResponse] | ModelResponse]
    | Callable[[ModelRequest[ConfigT], RunContext[ModelResponseChunk]], Awaitable[ModelResponse] | ModelResponse]
)
"""What a model is made of: it takes a request, and the run context if it streams."""


class ModelOptions(ActionOptions, total=False):
    """The keyword arguments of ``@ai.model``; all may be left out."""

    info: ModelInfo
    """What the model can do."""
    config_schema: SchemaLike
    """The type of its config, or its JSON Schema; by default that of the ``ModelRequest[…]`` in the annotation."""


@attrs.frozen
class ModelRef(Generic[ConfigT]):
    """A model by its name, with settings for it: what ``model=`` takes beside a name.

    Attributes:
      name: the name.
      config: settings that go with every request, below those of the call.
      version: the version of the model, the ``version`` of its config.
      info: what the model can do.
    """

    __wire__ = Wire(names="camel", none="omit")

    name: str
    config: ConfigT | None = attrs.field(default=None, kw_only=True)
    version: str | None = attrs.field(default=None, kw_only=True)
    info: ModelInfo | None = attrs.field(default=None, kw_only=True, metadata={"wire": False})


def model_ref(
    name: str,
    *,
    namespace: str | None = None,
    config: ConfigT | None = None,
    version: str | None = None,
    info: ModelInfo | None = None,
) -> ModelRef[ConfigT]:
    """Return a reference to a model; *namespace* is put before its name unless it is there."""
    full = name if namespace is None or name.startswith(f"{namespace}/") else f"{namespace}/{name}"
    return ModelRef(full, config=config, version=version, info=info)


class Model(Action[ModelRequest, ModelResponse, ModelResponseChunk]):
    """A model that was made of a function.

    Args:
      name: its name.
      fn: the function.
      options: what was declared beside it.
    """

    def __init__(self, name: str, fn: Callable[..., Any], options: ModelOptions) -> None:
        signature, config = model_signature(fn, name)
        self.info: Final = info_of(name, options, config)
        """What it says about itself."""
        declared = core_options(options, ModelOptions, model_metadata(self.info), self.info.label or name)
        around = None if config is None else _loading(config)
        super().__init__("model", name, fn, declared, signature=signature, around=around)


def model(name: str, fn: ModelFunction[ConfigT], **options: Unpack[ModelOptions]) -> ModelAction:
    """Make a model that is not registered: for a plugin, or to be given to ``generate`` as it is.

    Args:
      name: its name.
      fn: takes a `ModelRequest`, and the run context if it streams; returns a `ModelResponse`. When it takes a
        ``ModelRequest[Config]``, the config is one when it is called.
      options: those of `ModelOptions`.

    Raises:
      TypeError: if the function cannot be a model.
      ValueError: if an option has a value that cannot work.
    """
    return Model(name, fn, options)


def model_signature(fn: Callable[..., Any], name: str) -> tuple[Signature, Codec[Any] | None]:
    """Return the signature of a model's function, and the codec of the config that it declares, if it does.

    Raises:
      TypeError: if the function cannot be a model.
    """
    tp = read_signature(fn, name).input_type
    if tp not in (None, Any, object) and (get_origin(tp) or tp) is not ModelRequest:
        raise TypeError(f"model {name!r} takes a ModelRequest, or a ModelRequest[Config]; annotate its parameter so")
    # Any config is taken in: what a caller has put together is checked where the function gets it.
    signature = signature_of(ActionKey("model", name), fn, ModelRequest, ModelResponse)
    [config] = get_args(tp) or (Any,)
    codec = None if config in (Any, object) else codec_of(config)
    return attrs.evolve(signature, chunk_type=ModelResponseChunk), codec


def info_of(name: str, options: ModelOptions, config: Codec[Any] | None) -> ModelInfo:
    """Return what a model says about itself: what was declared, with label and config schema filled in."""
    info = options.get("info") or ModelInfo()
    schema = info.config_schema
    if "config_schema" in options:
        schema = schema_of(options["config_schema"])
    elif schema is None and config is not None:
        schema = config.schema()
    return attrs.evolve(info, label=info.label or name, config_schema=schema)


def model_metadata(info: ModelInfo) -> dict[str, JsonValue]:
    """Return the metadata by which tools list a model."""
    described = codec_of(ModelInfo).dump(attrs.evolve(info, config_schema=None))
    shown: dict[str, JsonValue] = described if isinstance(described, dict) else {}
    if info.config_schema is not None:
        shown["customOptions"] = dict(info.config_schema)
    return {"model": shown}


def model_info(action: ModelAction) -> ModelInfo:
    """Return what a model says about itself; nothing, for one that says nothing or what is none."""
    if isinstance(action, Model):
        return action.info
    described: JsonValue = action.options.metadata.get("model", {})
    try:
        return codec_of(ModelInfo).load(described)
    except InvalidValue:
        return ModelInfo()


def with_config(request: ModelRequest, codec: Codec[Any]) -> ModelRequest:
    """Return *request* with its config as the type that a model declares.

    Raises:
      PublicError: ``INVALID_ARGUMENT``, with the path of everything that does not fit.
    """
    # In this process a caller may have made the config itself.
    config: object = request.config
    if not is_mapping(config):
        return request
    try:
        return attrs.evolve(request, config=codec.load(dict(config)))
    except InvalidValue as exc:
        found = [(f"config.{path}" if path else "config", text) for path, text in exc.found]
        raise PublicError(Status.INVALID_ARGUMENT, str(InvalidValue(found, more=exc.more))) from exc


def _loading(codec: Codec[Any]) -> Around:
    def run_with_config(body: Body, run: Run, request: ModelRequest) -> Awaitable[Any]:
        return body(run, with_config(request, codec))

    return run_with_config


def set_default_model(registry: Registry, model: str | ModelRef[Any]) -> None:
    """Let *model* answer where a call names none."""
    registry.set_value("defaultModel", "defaultModel", ModelRef(model) if isinstance(model, str) else model)


def default_model(registry: Registry) -> ModelRef[Any] | None:
    """Return the model that answers where a call names none."""
    found: ModelRef[Any] | None = registry.values("defaultModel").get("defaultModel")
    return found
