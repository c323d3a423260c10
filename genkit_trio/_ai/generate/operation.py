"""Starting work that takes longer than a call."""

from ..._core import Registry
from ..._wire import ABSENT, GenkitError, PublicError, Status
from ..background import BackgroundModel
from ..model_lookup import resolve_model
from ..operation import Operation
from .action import generate_of
from .generation import new_generation
from .options import GenerateOptions


async def generate_operation(registry: Registry, options: GenerateOptions) -> Operation:
    """Let a background model start what *options*, the arguments of ``generate``, ask for, and return the operation.

    Raises:
      PublicError: ``INVALID_ARGUMENT``, if the model is none that works in the background.
      GenkitError: ``INTERNAL``, if a middleware has left the operation out.
    """
    generation = new_generation(registry, options)
    model = await resolve_model(registry, generation.given_model)
    if not isinstance(model, BackgroundModel):
        message = f"model {model.name!r} answers at once and starts no operation; call generate"
        raise PublicError(Status.INVALID_ARGUMENT, message)
    response = await generate_of(registry, generation, context=options.get("context", ABSENT))
    if response.operation is None:
        raise GenkitError(Status.INTERNAL, f"the response of background model {model.name!r} has no operation")
    return response.operation
