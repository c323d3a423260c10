"""What the tests of the kinds of actions share: something that defines them, and a recorder of spans."""

from contextlib import contextmanager

from genkit_trio._ai.definitions import Definitions
from genkit_trio._core import Plugin, Registry
from genkit_trio._tracing import Span, recording


class Application(Definitions):
    """A registry with the names that define things in it."""

    def __init__(self, *plugins: Plugin):
        self.registry = Registry(plugins)

    def __getitem__(self, key: str):
        """Return the registered action with this key."""
        [action] = [each for each in self.registry.actions() if str(each.key) == key]
        return action


class Seen:
    """The spans that have ended, by name; the last of equal ones."""

    def __init__(self):
        self.spans: dict[str, Span] = {}

    def started(self, span: Span) -> None:
        pass

    def ended(self, span: Span) -> None:
        self.spans[span.name] = span

    def attribute(self, name: str, attribute: str) -> object:
        return self.spans[name].attributes.get(attribute)


@contextmanager
def seeing():
    seen = Seen()
    with recording(seen):
        yield seen
