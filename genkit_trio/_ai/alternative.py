"""Asking another model the same thing."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from .._core import Action, Registry
from .._wire import ActionKey, JsonValue, PublicError, Status, codec_of
from .background import BackgroundModel
from .model import ModelAction, ModelRef, model_info
from .model_info import ModelInfo, Supports
from .model_lookup import resolve_model
from .request import ModelRequest
from .value import is_mapping

ModelChoice: TypeAlias = str | ModelRef[Any] | ModelAction
"""A model that answers at once: its name, a reference to it, or itself."""


async def model_of_choice(registry: Registry | None, choice: ModelChoice) -> ModelAction:
    """Return the model that *choice* means.

    Raises:
      PublicError: ``NOT_FOUND``; ``INVALID_ARGUMENT`` for a model that works in the background.
    """
    if registry is None:
        registry = Registry()
    found = await resolve_model(registry, choice)
    if isinstance(found, BackgroundModel):
        message = f"model {found.name!r} works in the background; choose one that answers at once"
        raise PublicError(Status.INVALID_ARGUMENT, message)
    return found


def request_for(choice: ModelChoice, request: ModelRequest) -> ModelRequest:
    """Return *request* with the config that a reference brings; as it is for other choices."""
    if not isinstance(choice, ModelRef) or (choice.config is None and choice.version is None):
        return request
    config: Any = request.config if choice.config is None else choice.config
    if choice.version is not None:
        config = {**_settings_of(config), "version": choice.version}
    return attrs.evolve(request, config=config)


def name_of_choice(choice: ModelChoice) -> str:
    """Return the name of the model that *choice* means."""
    return choice if isinstance(choice, str) else choice.name


def info_of_choices(registry: Registry | None, choices: Sequence[ModelChoice]) -> ModelInfo:
    """Return what all *choices* support, as far as that is known now: plugins make their models when they are asked.

    Raises:
      ValueError: for a name, where there is no registry to look it up in.
    """
    known = [_info_of(registry, choice) for choice in choices]
    supports = [codec_of(Supports).dump(info.supports or Supports()) for info in known]
    return ModelInfo(supports=codec_of(Supports).load(_common(supports)), config_schema=known[0].config_schema)


def _info_of(registry: Registry | None, choice: ModelChoice) -> ModelInfo:
    if isinstance(choice, Action):
        return model_info(choice)
    if registry is None:
        name = name_of_choice(choice)
        raise ValueError(f"model {name!r} is given by its name; give registry= too, such as ai.registry")
    if isinstance(choice, ModelRef) and choice.info is not None:
        return choice.info
    found = registry.get(ActionKey("model", name_of_choice(choice)))
    return ModelInfo() if found is None else model_info(found)


def _common(described: Sequence[Any]) -> dict[str, JsonValue]:
    """Return the entries that all have alike; what one of them cannot do is false."""
    common: dict[str, JsonValue] = {}
    for key in dict.fromkeys(key for each in described for key in each):
        values = [each.get(key) for each in described]
        if False in values:
            common[key] = False
        elif all(value == values[0] for value in values):
            common[key] = values[0]
    return common


def _settings_of(config: Any) -> Mapping[str, Any]:
    if config is None or is_mapping(config):
        return config or {}
    settings: Any = codec_of(config.__class__).dump(config)
    return settings if is_mapping(settings) else {}
