"""How far a generation has come: what there is to return when it fails."""

from ..request import ModelRequest
from ..response import ModelResponse


class Progress:
    """How far one generation has come."""

    def __init__(self) -> None:
        self.request: ModelRequest | None = None
        """The request of the current turn; its messages can be sent again."""
        self.answer: ModelResponse | None = None
        """What the model has answered in the current turn."""
        self.has_answered = False
        """Whether the model has answered in any turn."""
        self.reason: str | None = None
        """What kind of failure it would be now."""

    def begin(self, request: ModelRequest) -> None:
        """Note that a turn begins, with *request*."""
        self.request, self.answer = request, None

    def answered(self, answer: ModelResponse) -> None:
        """Note what the model has answered."""
        self.answer, self.has_answered = answer, True
