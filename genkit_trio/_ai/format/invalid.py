"""The error for an answer that is not what was asked for."""

from ..._wire import GenkitError, Status


def invalid_output(what: str) -> GenkitError:
    """Give the error for an answer that cannot be read; *what* says why.

    Its details hold the reason by which Genkit's other implementations know it.
    """
    return GenkitError(Status.INTERNAL, f"the model's answer {what}", details={"reason": "INVALID_OUTPUT"})
