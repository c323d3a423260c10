"""Action keys: ``/kind/name``."""

import attrs

from .status import PublicError, Status
from .text import quoted


@attrs.frozen
class ActionKey:
    """What an action is called on the wire: ``/flow/greet``.

    The name may contain slashes (``/model/vendor/small``), the kind may not.
    """

    kind: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "ActionKey":
        """Read a key as a client wrote it.

        Raises:
          PublicError: if the text is not ``/kind/name``.
        """
        slash, _, rest = text.partition("/")
        kind, _, name = rest.partition("/")
        if slash or not kind or not name:
            raise PublicError(
                Status.INVALID_ARGUMENT, f"action key {quoted(text)} is malformed; write it as '/kind/name'"
            )
        return cls(kind, name)

    def __str__(self) -> str:
        return f"/{self.kind}/{self.name}"
