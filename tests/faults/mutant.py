"""One safeguard: where it is in the text, and which tests do not pass without it."""

import attrs

from tests.source import PACKAGE


@attrs.frozen
class Mutant:
    """A safeguard that is taken out."""

    name: str
    """What it does, so that the table can be read."""
    clause: str
    """Where it is promised: a clause of the contract, or the rule of a module."""
    file: str
    """In the package."""
    old: str
    new: str
    """What is there without the safeguard."""
    tests: tuple[str, ...]
    """What must not pass then: node ids, from the folder of the tests on."""

    @property
    def fits(self) -> bool:
        """Whether the text is there, once."""
        return (PACKAGE / self.file).read_text(encoding="utf-8").count(self.old) == 1

    def applied_to(self, text: str) -> str:
        """Return *text* without the safeguard."""
        return text.replace(self.old, self.new)
