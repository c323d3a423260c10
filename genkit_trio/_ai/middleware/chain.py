"""The middlewares of one generation, in order, and the three ways to run something inside of them.

A hook that no middleware overrides is not in the chain, so a generation without middleware calls what it runs.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias, TypeVar

import attrs

from ..._core import AnyAction
from ..response import ModelResponse
from ..tool import MultipartToolResponse
from .hooks import GenerateHookParams, Middleware, ModelHookParams, NextGenerate, NextModel, NextTool, ToolHookParams

ParamsT = TypeVar("ParamsT")
ResultT = TypeVar("ResultT")

_Hook: TypeAlias = Callable[[ParamsT, Callable[[ParamsT], Awaitable[ResultT]]], Awaitable[ResultT]]
_GenerateHook: TypeAlias = Callable[[GenerateHookParams, NextGenerate], Awaitable[ModelResponse]]
_ModelHook: TypeAlias = Callable[[ModelHookParams, NextModel], Awaitable[ModelResponse]]
_ToolHook: TypeAlias = Callable[[ToolHookParams, NextTool], Awaitable[MultipartToolResponse]]


@attrs.frozen
class Chain:
    """The hooks of a generation's middlewares, the outermost first, and the tools that they bring along."""

    generate: tuple[_GenerateHook, ...]
    model: tuple[_ModelHook, ...]
    tool: tuple[_ToolHook, ...]
    tools: tuple[AnyAction, ...]


NO_MIDDLEWARE: Final = Chain((), (), (), ())
"""The chain of a generation without middleware."""


def chain_of(middlewares: Sequence[Middleware]) -> Chain:
    """Return the chain of *middlewares*, whose first is the outermost."""
    if not middlewares:
        return NO_MIDDLEWARE
    return Chain(
        tuple(one.wrap_generate for one in middlewares if type(one).wrap_generate is not Middleware.wrap_generate),
        tuple(one.wrap_model for one in middlewares if type(one).wrap_model is not Middleware.wrap_model),
        tuple(one.wrap_tool for one in middlewares if type(one).wrap_tool is not Middleware.wrap_tool),
        tuple(tool for one in middlewares for tool in one.tools()),
    )


def run_generate(chain: Chain, params: GenerateHookParams, inner: NextGenerate) -> Awaitable[ModelResponse]:
    """Return an awaitable that runs ``inner(params)``, a turn, inside of the hooks of *chain*."""
    return inner(params) if not chain.generate else _around(chain.generate, inner)(params)


def run_model(chain: Chain, params: ModelHookParams, inner: NextModel) -> Awaitable[ModelResponse]:
    """Return an awaitable that runs ``inner(params)``, a call of a model, inside of the hooks of *chain*."""
    return inner(params) if not chain.model else _around(chain.model, inner)(params)


def run_tool(chain: Chain, params: ToolHookParams, inner: NextTool) -> Awaitable[MultipartToolResponse]:
    """Return an awaitable that runs ``inner(params)``, a call of a tool, inside of the hooks of *chain*."""
    return inner(params) if not chain.tool else _around(chain.tool, inner)(params)


def _around(
    hooks: Sequence[_Hook[ParamsT, ResultT]],
    inner: Callable[[ParamsT], Awaitable[ResultT]],
) -> Callable[[ParamsT], Awaitable[ResultT]]:
    for hook in reversed(hooks):
        inner = _bound(hook, inner)
    return inner


def _bound(
    hook: _Hook[ParamsT, ResultT],
    inner: Callable[[ParamsT], Awaitable[ResultT]],
) -> Callable[[ParamsT], Awaitable[ResultT]]:
    return lambda params: hook(params, inner)
