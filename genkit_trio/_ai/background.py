"""Background models: their answers take longer than a call, so a call starts one and others ask after it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias, Unpack

import attrs
import trio

from .._core import Action, ActionOptions, AnyAction, Body, Context, Registry, Run, RunContext, current_context
from .._wire import ABSENT, Absent, ActionKey, Codec, GenkitError, JsonValue, PublicError, Status, codec_of
from .declaring import core_options, signature_of
from .model import ModelOptions, info_of, model_metadata, model_signature, with_config
from .model_info import Supports
from .operation import Operation
from .request import ModelRequest
from .response import ModelResponse

KIND: Final = "background-model"

OperationAction: TypeAlias = Action[Operation, Operation, Any]
StartFunction: TypeAlias = (
    Callable[[ModelRequest[Any]], Awaitable[Operation] | Operation]
    | Callable[[ModelRequest[Any], RunContext[Any]], Awaitable[Operation] | Operation]
)
"""Starts the work that a request asks for."""
OperationFunction: TypeAlias = (
    Callable[[Operation], Awaitable[Operation] | Operation]
    | Callable[[Operation, RunContext[Any]], Awaitable[Operation] | Operation]
)
"""Asks after an operation, or cancels it, and returns it as it is then."""


@attrs.frozen
class BackgroundModel:
    """A model that answers with an operation.

    Attributes:
      start_action: starts the work.
      check_action: asks after it.
      cancel_action: cancels it; `None` where that cannot be done.
    """

    start_action: Action[ModelRequest, Operation, Any]
    check_action: OperationAction
    cancel_action: OperationAction | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return self.start_action.name

    @property
    def actions(self) -> tuple[AnyAction, ...]:
        """What is registered of it; a plugin gives these."""
        actions = (self.start_action, self.check_action, self.cancel_action)
        return tuple(action for action in actions if action is not None)

    @property
    def supports_cancel(self) -> bool:
        """Whether its operations can be cancelled."""
        return self.cancel_action is not None

    async def start(self, request: ModelRequest, *, context: Context | Absent = ABSENT) -> Operation:
        """Start the work that *request* asks for."""
        return await self.start_action(request, context=context)

    async def check(self, operation: Operation, *, context: Context | Absent = ABSENT) -> Operation:
        """Return *operation* as it is now."""
        return await self.check_action(operation, context=context)

    async def cancel(self, operation: Operation, *, context: Context | Absent = ABSENT) -> Operation:
        """Cancel *operation*, and return it as it is then; unchanged, if it cannot be cancelled."""
        if self.cancel_action is None:
            await trio.lowlevel.checkpoint()
            return operation
        return await self.cancel_action(operation, context=context)


class BackgroundModelOptions(ModelOptions, total=False):
    """The keyword arguments of ``define_background_model``; all may be left out. They are for the start."""

    label: str
    """What people call it; by default that of ``info``, or the name."""


def background_model(
    name: str,
    start: StartFunction,
    check: OperationFunction,
    cancel: OperationFunction | None = None,
    **options: Unpack[BackgroundModelOptions],
) -> BackgroundModel:
    """Make a background model that is not registered.

    Args:
      name: its name.
      start: takes a `ModelRequest`, starts the work and returns an `Operation`.
      check: takes an `Operation` and returns it as it is now.
      cancel: takes an `Operation`, cancels it and returns it as it is then; left out, there is no cancelling.
      options: those of `BackgroundModelOptions`.

    Raises:
      TypeError: if a function does not fit.
      ValueError: if an option has a value that cannot work.
    """
    key = str(ActionKey(KIND, name))
    signature, config = model_signature(start, name)
    given = info_of(name, options, config)
    supports = attrs.evolve(given.supports or Supports(), long_running=True)
    info = attrs.evolve(given, label=options.get("label") or given.label, supports=supports)
    output: dict[str, JsonValue] = {"outputSchema": codec_of(ModelResponse).schema()}
    return BackgroundModel(
        Action(
            KIND,
            name,
            start,
            core_options(options, BackgroundModelOptions, model_metadata(info) | output, info.label or name),
            signature=attrs.evolve(signature, output_type=Operation),
            around=_Stamp(key, config),
        ),
        _operation_action("check-operation", f"{name}/check", check, key),
        None if cancel is None else _operation_action("cancel-operation", f"{name}/cancel", cancel, key),
    )


def register_background_model(registry: Registry, model: BackgroundModel) -> BackgroundModel:
    """Register the actions of *model*, and return it.

    Raises:
      ValueError: if the name is taken.
    """
    for action in model.actions:
        registry.register(action)
    return model


async def find_background_model(registry: Registry, name: str) -> BackgroundModel | None:
    """Return the background model called *name*; `None` if there is none, or none that can be asked after."""
    start = await registry.find(ActionKey(KIND, name))
    check = None if start is None else await registry.find(ActionKey("check-operation", f"{name}/check"))
    if start is None or check is None:
        return None
    return BackgroundModel(start, check, await registry.find(ActionKey("cancel-operation", f"{name}/cancel")))


async def check_operation(
    registry: Registry,
    operation: Operation,
    *,
    context: Context | Absent = ABSENT,
    config: Mapping[str, JsonValue] | None = None,
) -> Operation:
    """Return *operation* as it is now.

    Args:
      registry: where its background model is looked up.
      operation: the operation, as the last call returned it.
      context: who is calling; given, it replaces what is inherited from the current run.
      config: settings for the model's client; the model finds them as ``config`` of the context.

    Raises:
      PublicError: ``INVALID_ARGUMENT`` if it does not tell who started it; ``NOT_FOUND``.
    """
    model = await _model_of(registry, operation)
    return await model.check(operation, context=_context_with(context, config))


async def cancel_operation(
    registry: Registry,
    operation: Operation,
    *,
    context: Context | Absent = ABSENT,
    config: Mapping[str, JsonValue] | None = None,
) -> Operation:
    """Cancel *operation* and return it as it is then; unchanged, where its model cannot cancel.

    Args:
      registry: where its background model is looked up.
      operation: the operation, as the last call returned it.
      context: who is calling; given, it replaces what is inherited from the current run.
      config: settings for the model's client; the model finds them as ``config`` of the context.

    Raises:
      PublicError: ``INVALID_ARGUMENT`` if it does not tell who started it; ``NOT_FOUND``.
    """
    model = await _model_of(registry, operation)
    return await model.cancel(operation, context=_context_with(context, config))


async def _model_of(registry: Registry, operation: Operation) -> BackgroundModel:
    if operation.action is None:
        message = f"operation {operation.id!r} does not tell which model started it; pass on what start returned"
        raise PublicError(Status.INVALID_ARGUMENT, message)
    model = await find_background_model(registry, ActionKey.parse(operation.action).name)
    if model is None:
        raise PublicError(Status.NOT_FOUND, f"background model {operation.action!r} not found")
    return model


def _context_with(context: Context | Absent, config: Mapping[str, JsonValue] | None) -> Context | Absent:
    if config is None:
        return context
    return {**(current_context() if isinstance(context, Absent) else context), "config": dict(config)}


def _operation_action(kind: str, name: str, fn: OperationFunction, key: str) -> OperationAction:
    declared: ActionOptions = {"metadata": {"outputSchema": codec_of(ModelResponse).schema()}}
    signature = signature_of(ActionKey(kind, name), fn, Operation, Operation)
    return Action(kind, name, fn, declared, signature=signature, around=_Stamp(key))


@attrs.frozen
class _Stamp:
    """Lets an operation tell which model it belongs to, so that it can be asked after."""

    key: str
    config: Codec[Any] | None = None

    async def __call__(self, body: Body, run: Run, value: Any) -> Operation:
        operation: object = await body(run, value if self.config is None else with_config(value, self.config))
        if not isinstance(operation, Operation):
            kind = type(operation).__name__
            raise GenkitError(Status.FAILED_PRECONDITION, f"{run.key} returned a {kind}, not an Operation")
        return attrs.evolve(operation, action=self.key)
