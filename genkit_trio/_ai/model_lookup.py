"""Finding the model that a call means."""

from typing import Any, TypeAlias

from .._core import Action, Registry
from .._wire import ActionKey, PublicError, Status
from .background import BackgroundModel, find_background_model
from .model import ModelAction, ModelRef, default_model

ModelLike: TypeAlias = str | ModelRef[Any] | ModelAction | BackgroundModel
"""How a call names its model: by name, by reference, or the model itself."""


async def resolve_model(registry: Registry, model: ModelLike | None = None) -> ModelAction | BackgroundModel:
    """Return the model that *model* means: a model, else a background model of that name.

    Args:
      registry: where names are looked up.
      model: a name, a reference, or the model itself; `None` for the default model.

    Raises:
      PublicError: ``INVALID_ARGUMENT`` when no model is named and there is no default; ``NOT_FOUND``.
    """
    if model is None:
        model = default_model(registry)
    if model is None:
        raise PublicError(
            Status.INVALID_ARGUMENT, "no model is named and there is no default; give model=, or Genkit(model=…)"
        )
    if isinstance(model, Action | BackgroundModel):
        return model
    name = model if isinstance(model, str) else model.name
    found = await registry.find(ActionKey("model", name)) or await find_background_model(registry, name)
    if found is None:
        raise PublicError(Status.NOT_FOUND, f"model {name!r} not found")
    return found
