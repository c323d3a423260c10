"""Models, for those who make them or put several together."""

from ._ai import BackgroundModel as BackgroundModel
from ._ai import BackgroundModelOptions as BackgroundModelOptions
from ._ai import CompetitionOptions as CompetitionOptions
from ._ai import Constrained as Constrained
from ._ai import ErrorData as ErrorData
from ._ai import Format as Format
from ._ai import FormatParser as FormatParser
from ._ai import GenerateActionOptions as GenerateActionOptions
from ._ai import GenerateOutput as GenerateOutput
from ._ai import GenerationUsage as GenerationUsage
from ._ai import Model as Model
from ._ai import ModelAction as ModelAction
from ._ai import ModelChoice as ModelChoice
from ._ai import ModelConfig as ModelConfig
from ._ai import ModelInfo as ModelInfo
from ._ai import ModelOptions as ModelOptions
from ._ai import ModelRef as ModelRef
from ._ai import ModelRequest as ModelRequest
from ._ai import ModelResponse as ModelResponse
from ._ai import ModelResponseChunk as ModelResponseChunk
from ._ai import OutputConfig as OutputConfig
from ._ai import Resume as Resume
from ._ai import Stage as Stage
from ._ai import Supports as Supports
from ._ai import TurnParser as TurnParser
from ._ai import background_model as background_model
from ._ai import hedge as hedge
from ._ai import limit as limit
from ._ai import model_ref as model_ref
from ._ai import new_model as model
from ._ai import race as race
from ._ai import run_relayed as run_relayed

__all__ = [
    "BackgroundModel",
    "BackgroundModelOptions",
    "CompetitionOptions",
    "Constrained",
    "ErrorData",
    "Format",
    "FormatParser",
    "GenerateActionOptions",
    "GenerateOutput",
    "GenerationUsage",
    "Model",
    "ModelAction",
    "ModelChoice",
    "ModelConfig",
    "ModelInfo",
    "ModelOptions",
    "ModelRef",
    "ModelRequest",
    "ModelResponse",
    "ModelResponseChunk",
    "OutputConfig",
    "Resume",
    "Stage",
    "Supports",
    "TurnParser",
    "background_model",
    "hedge",
    "limit",
    "model",
    "model_ref",
    "race",
    "run_relayed",
]
