"""Middleware: what goes around generations, calls of models and calls of tools."""

from ._ai import BaseMiddleware as BaseMiddleware
from ._ai import Cache as Cache
from ._ai import DownloadMedia as DownloadMedia
from ._ai import Fallback as Fallback
from ._ai import GenerateHookParams as GenerateHookParams
from ._ai import GenerateMiddleware as GenerateMiddleware
from ._ai import Middleware as Middleware
from ._ai import MiddlewareRef as MiddlewareRef
from ._ai import ModelHookParams as ModelHookParams
from ._ai import ModelMiddleware as ModelMiddleware
from ._ai import NextGenerate as NextGenerate
from ._ai import NextModel as NextModel
from ._ai import NextRequest as NextRequest
from ._ai import NextTool as NextTool
from ._ai import Retry as Retry
from ._ai import SendChunk as SendChunk
from ._ai import SimulateSystemPrompt as SimulateSystemPrompt
from ._ai import ToolApproval as ToolApproval
from ._ai import ToolHookParams as ToolHookParams
from ._ai import ValidateSupport as ValidateSupport

__all__ = [
    "BaseMiddleware",
    "Cache",
    "DownloadMedia",
    "Fallback",
    "GenerateHookParams",
    "GenerateMiddleware",
    "Middleware",
    "MiddlewareRef",
    "ModelHookParams",
    "ModelMiddleware",
    "NextGenerate",
    "NextModel",
    "NextRequest",
    "NextTool",
    "Retry",
    "SendChunk",
    "SimulateSystemPrompt",
    "ToolApproval",
    "ToolHookParams",
    "ValidateSupport",
]
