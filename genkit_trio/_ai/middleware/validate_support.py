"""Requests that a model cannot answer."""

from typing import ClassVar, NoReturn

import attrs

from ..._wire import PublicError, Status
from ..message import Role
from ..model import model_info
from ..model_info import Supports
from ..request import ModelRequest
from ..response import ModelResponse
from .hooks import Middleware, ModelHookParams, NextModel


@attrs.frozen
class ValidateSupport(Middleware):
    """Refuses what the model has said that it does not support: media, tools, several messages, a system message.

    What the model says nothing about is let through.
    """

    middleware_name: ClassVar[str] = "validateSupport"

    async def wrap_model(self, params: ModelHookParams, next_fn: NextModel) -> ModelResponse:
        """Call the model if it can answer.

        Raises:
          PublicError: ``INVALID_ARGUMENT``, if it cannot.
        """
        supports = model_info(params.model).supports
        if supports is not None:
            _check(params.model.name, supports, params.request)
        return await next_fn(params)


def _check(name: str, supports: Supports, request: ModelRequest) -> None:
    # "is False": a model that says nothing may well support it.
    if supports.media is False and any(message.media for message in request.messages):
        _refuse(name, "media, but the request has a media part")
    if supports.tools is False and request.tools:
        _refuse(name, f"tools, but the request has {len(request.tools)}")
    others = [message for message in request.messages if message.role is not Role.SYSTEM]
    if supports.multiturn is False and len(others) > 1:
        _refuse(name, f"several messages, but the request has {len(others)}")
    if supports.system_role is False and len(others) < len(request.messages):
        _refuse(name, "system messages, but the request has one; put SimulateSystemPrompt() before ValidateSupport()")


def _refuse(name: str, what: str) -> NoReturn:
    raise PublicError(Status.INVALID_ARGUMENT, f"model {name!r} does not support {what}")
