"""Models, prompts, tools and what is made of them: the AI layer.

What `Genkit` inherits is loaded with the package. All else, some ninety modules that take longer to load than the rest
of the library, is loaded when the first of it is asked for, so that a program of flows starts without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .calls import Calls as Calls
from .definitions import Definitions as Definitions
from .generate_source import GenerateSource as GenerateSource
from .prompt.prompts import Prompts as Prompts

__all__ = ["Calls", "Definitions", "GenerateSource", "Prompts"]

if TYPE_CHECKING:
    from . import exports
    from .exports import *  # noqa: F403  # its list is the only one

    __all__ += exports.__all__
else:

    def __getattr__(name: str) -> object:
        return getattr(import_module(".exports", __name__), name)
