"""What other layers use of this one, beside what an application inherits; see the package."""

from .action_options import GenerateActionOptions as GenerateActionOptions
from .action_options import GenerateOutput as GenerateOutput
from .action_options import MiddlewareRef as MiddlewareRef
from .action_options import Resume as Resume
from .alternative import ModelChoice as ModelChoice
from .background import BackgroundModel as BackgroundModel
from .background import BackgroundModelOptions as BackgroundModelOptions
from .background import background_model as background_model
from .background import cancel_operation as cancel_operation
from .background import check_operation as check_operation
from .background import register_background_model as register_background_model
from .chunk import GeneratedChunk as GeneratedChunk
from .chunk import ModelResponseChunk as ModelResponseChunk
from .chunk import TurnParser as TurnParser
from .competing import CompetitionOptions as CompetitionOptions
from .competing import hedge as hedge
from .competing import race as race
from .document import Document as Document
from .embedder import EmbedderAction as EmbedderAction
from .embedder import EmbedderInfo as EmbedderInfo
from .embedder import EmbedderOptions as EmbedderOptions
from .embedder import EmbedderRef as EmbedderRef
from .embedder import EmbedderSupports as EmbedderSupports
from .embedder import embedder as new_embedder
from .embedding import Embedding as Embedding
from .embedding import EmbedRequest as EmbedRequest
from .embedding import EmbedResponse as EmbedResponse
from .error_data import ErrorData as ErrorData
from .evaluation import BaseDataPoint as BaseDataPoint
from .evaluation import Details as Details
from .evaluation import EvalFnResponse as EvalFnResponse
from .evaluation import EvalRequest as EvalRequest
from .evaluation import EvalStatusEnum as EvalStatusEnum
from .evaluation import Score as Score
from .evaluator import EvaluatorAction as EvaluatorAction
from .evaluator import EvaluatorOptions as EvaluatorOptions
from .evaluator import EvaluatorRef as EvaluatorRef
from .evaluator import batch_evaluator as new_batch_evaluator
from .evaluator import evaluator as new_evaluator
from .format.definition import Format as Format
from .format.definition import FormatParser as FormatParser
from .format.registry import define_format as define_format
from .generate import GenerateOptions as GenerateOptions
from .generate import OutputSchema as OutputSchema
from .generate import PromptGenerateOptions as PromptGenerateOptions
from .interrupt import Interrupt as Interrupt
from .interrupt import respond_to_interrupt as respond_to_interrupt
from .interrupt import restart_tool as restart_tool
from .interrupt_tool import InterruptOptions as InterruptOptions
from .limited import limit as limit
from .message import Message as Message
from .message import Role as Role
from .middleware.cache import Cache as Cache
from .middleware.define import GenerateMiddleware as GenerateMiddleware
from .middleware.download_media import DownloadMedia as DownloadMedia
from .middleware.fallback import Fallback as Fallback
from .middleware.hooks import BaseMiddleware as BaseMiddleware
from .middleware.hooks import GenerateHookParams as GenerateHookParams
from .middleware.hooks import Middleware as Middleware
from .middleware.hooks import ModelHookParams as ModelHookParams
from .middleware.hooks import NextGenerate as NextGenerate
from .middleware.hooks import NextModel as NextModel
from .middleware.hooks import NextTool as NextTool
from .middleware.hooks import SendChunk as SendChunk
from .middleware.hooks import ToolHookParams as ToolHookParams
from .middleware.resolve import ModelMiddleware as ModelMiddleware
from .middleware.resolve import NextRequest as NextRequest
from .middleware.retry import Retry as Retry
from .middleware.simulate_system_prompt import SimulateSystemPrompt as SimulateSystemPrompt
from .middleware.tool_approval import ToolApproval as ToolApproval
from .middleware.validate_support import ValidateSupport as ValidateSupport
from .model import Model as Model
from .model import ModelAction as ModelAction
from .model import ModelOptions as ModelOptions
from .model import ModelRef as ModelRef
from .model import default_model as default_model
from .model import model as new_model
from .model import model_ref as model_ref
from .model import set_default_model as set_default_model
from .model_info import Constrained as Constrained
from .model_info import ModelConfig as ModelConfig
from .model_info import ModelInfo as ModelInfo
from .model_info import Stage as Stage
from .model_info import Supports as Supports
from .operation import Operation as Operation
from .part import Media as Media
from .part import Part as Part
from .part import ResourceRef as ResourceRef
from .part import ToolRequest as ToolRequest
from .part import ToolResponse as ToolResponse
from .prompt.definition import PromptOptions as PromptOptions
from .prompt.executable import ExecutablePrompt as ExecutablePrompt
from .prompt.folder import add_prompt_folder as add_prompt_folder
from .prompt.helpers import HelperOptions as HelperOptions
from .provider import DynamicActionProvider as DynamicActionProvider
from .provider import ProviderOptions as ProviderOptions
from .relay import run_relayed as run_relayed
from .request import ModelRequest as ModelRequest
from .request import OutputConfig as OutputConfig
from .request import ToolChoice as ToolChoice
from .request import ToolDefinition as ToolDefinition
from .resource import Resource as Resource
from .resource import ResourceInput as ResourceInput
from .resource import ResourceOptions as ResourceOptions
from .resource import ResourceOutput as ResourceOutput
from .resource import resource as new_resource
from .response import FinishReason as FinishReason
from .response import GenerationUsage as GenerationUsage
from .response import ModelResponse as ModelResponse
from .retrieval import IndexerRequest as IndexerRequest
from .retrieval import RerankerRequest as RerankerRequest
from .retrieval import RerankerResponse as RerankerResponse
from .retrieval import RetrieverRequest as RetrieverRequest
from .retrieval import RetrieverResponse as RetrieverResponse
from .retriever import IndexerAction as IndexerAction
from .retriever import IndexerOptions as IndexerOptions
from .retriever import RerankerAction as RerankerAction
from .retriever import RetrieverAction as RetrieverAction
from .retriever import RetrieverInfo as RetrieverInfo
from .retriever import RetrieverOptions as RetrieverOptions
from .retriever import RetrieverSupports as RetrieverSupports
from .retriever import indexer as new_indexer
from .retriever import reranker as new_reranker
from .retriever import retriever as new_retriever
from .tool import MultipartToolResponse as MultipartToolResponse
from .tool import Tool as Tool
from .tool import ToolOptions as ToolOptions
from .tool import response as tool_response
from .tool_context import ToolCall as ToolCall
from .tool_context import ToolRunContext as ToolRunContext
from .tool_decorator import ToolDecorator as ToolDecorator
from .tool_decorator import tool as new_tool

__all__ = [
    "BackgroundModel",
    "BackgroundModelOptions",
    "BaseDataPoint",
    "BaseMiddleware",
    "Cache",
    "CompetitionOptions",
    "Constrained",
    "Details",
    "Document",
    "DownloadMedia",
    "DynamicActionProvider",
    "EmbedRequest",
    "EmbedResponse",
    "EmbedderAction",
    "EmbedderInfo",
    "EmbedderOptions",
    "EmbedderRef",
    "EmbedderSupports",
    "Embedding",
    "ErrorData",
    "EvalFnResponse",
    "EvalRequest",
    "EvalStatusEnum",
    "EvaluatorAction",
    "EvaluatorOptions",
    "EvaluatorRef",
    "ExecutablePrompt",
    "Fallback",
    "FinishReason",
    "Format",
    "FormatParser",
    "GenerateActionOptions",
    "GenerateHookParams",
    "GenerateMiddleware",
    "GenerateOptions",
    "GenerateOutput",
    "GeneratedChunk",
    "GenerationUsage",
    "HelperOptions",
    "IndexerAction",
    "IndexerOptions",
    "IndexerRequest",
    "Interrupt",
    "InterruptOptions",
    "Media",
    "Message",
    "Middleware",
    "MiddlewareRef",
    "Model",
    "ModelAction",
    "ModelChoice",
    "ModelConfig",
    "ModelHookParams",
    "ModelInfo",
    "ModelMiddleware",
    "ModelOptions",
    "ModelRef",
    "ModelRequest",
    "ModelResponse",
    "ModelResponseChunk",
    "MultipartToolResponse",
    "NextGenerate",
    "NextModel",
    "NextRequest",
    "NextTool",
    "Operation",
    "OutputConfig",
    "OutputSchema",
    "Part",
    "PromptGenerateOptions",
    "PromptOptions",
    "ProviderOptions",
    "RerankerAction",
    "RerankerRequest",
    "RerankerResponse",
    "Resource",
    "ResourceInput",
    "ResourceOptions",
    "ResourceOutput",
    "ResourceRef",
    "Resume",
    "RetrieverAction",
    "RetrieverInfo",
    "RetrieverOptions",
    "RetrieverRequest",
    "RetrieverResponse",
    "RetrieverSupports",
    "Retry",
    "Role",
    "Score",
    "SendChunk",
    "SimulateSystemPrompt",
    "Stage",
    "Supports",
    "Tool",
    "ToolApproval",
    "ToolCall",
    "ToolChoice",
    "ToolDecorator",
    "ToolDefinition",
    "ToolHookParams",
    "ToolOptions",
    "ToolRequest",
    "ToolResponse",
    "ToolRunContext",
    "TurnParser",
    "ValidateSupport",
    "add_prompt_folder",
    "background_model",
    "cancel_operation",
    "check_operation",
    "default_model",
    "define_format",
    "hedge",
    "limit",
    "model_ref",
    "new_batch_evaluator",
    "new_embedder",
    "new_evaluator",
    "new_indexer",
    "new_model",
    "new_reranker",
    "new_resource",
    "new_retriever",
    "new_tool",
    "race",
    "register_background_model",
    "respond_to_interrupt",
    "restart_tool",
    "run_relayed",
    "set_default_model",
    "tool_response",
]
