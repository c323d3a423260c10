"""Generating: a model is asked, the tools that it asks for are run, and it is asked again until it has answered."""

from .action import GenerateAction as GenerateAction
from .action import GenerateStream as GenerateStream
from .action import generate_action as generate_action
from .action import generate_of as generate_of
from .action import request_of as request_of
from .action import stream_of as stream_of
from .generation import Generation as Generation
from .generation import new_generation as new_generation
from .operation import generate_operation as generate_operation
from .options import GenerateOptions as GenerateOptions
from .options import OutputSchema as OutputSchema
from .options import PromptGenerateOptions as PromptGenerateOptions
from .options import SharedOptions as SharedOptions

__all__ = [
    "GenerateAction",
    "GenerateOptions",
    "GenerateStream",
    "Generation",
    "OutputSchema",
    "PromptGenerateOptions",
    "SharedOptions",
    "generate_action",
    "generate_of",
    "generate_operation",
    "new_generation",
    "request_of",
    "stream_of",
]
