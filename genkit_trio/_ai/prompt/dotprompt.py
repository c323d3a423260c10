"""The one place that meets dotpromptz, which reads templates, frontmatter and picoschema (extra ``prompts``).

Only the parts of it that wait for nothing are used. What makes messages of rendered text is in `marks`.
"""

import copy
import importlib
from collections.abc import Callable, Coroutine, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ..._wire import JsonValue, PublicError, Status
from .helpers import BUILT_IN, MARKS, Helper
from .marks import Marks

if TYPE_CHECKING:
    from dotpromptz_handlebars import Handlebars

T = TypeVar("T")

RenderTemplate = Callable[[object, Mapping[str, Any], Marks], str]
"""Renders a template with values, the data behind ``@``, and where to keep its marks."""


class Templates:
    """Compiles templates, which share helpers and partials.

    Raises:
      RuntimeError: without the ``prompts`` extra.
    """

    def __init__(self) -> None:
        self._handlebars: Final[Handlebars] = _module("dotpromptz_handlebars").Handlebars(escape_html=False)
        self._helpers: Final[set[str]] = set()
        for name, helper in BUILT_IN.items():
            self._handlebars.register_helper(name, helper)

    def define_helper(self, name: str, helper: Helper) -> None:
        """Make *helper* known to all templates, as *name*.

        Raises:
          ValueError: if the name is taken.
        """
        if name in self._helpers or name in BUILT_IN:
            raise ValueError(f"there is a helper {name!r} already; give one of them another name")
        self._helpers.add(name)
        self._handlebars.register_helper(name, helper)

    def define_partials(self, partials: Mapping[str, str]) -> None:
        """Make *partials* parts of all templates that write ``{{> name}}``; all of them, or none.

        Raises:
          ValueError: if a name is taken, or one is no template.
        """
        for name, source in partials.items():
            if self._handlebars.has_partial(name):
                raise ValueError(f"there is a partial {name!r} already; give one of them another name")
            self.compile(source, f"partial {name!r}")
        for name, source in partials.items():
            self._handlebars.register_partial(name, source)

    def compile(self, source: str, owner: str) -> RenderTemplate:
        """Read the template of *owner*.

        Raises:
          ValueError: if it is no template.
        """
        try:
            template = self._handlebars.compile(source)
        except Exception as exc:
            # Besides ValueError, what it stumbles over where a tag breaks off.
            raise ValueError(f"a template of {owner} cannot be read ({exc}): {source!r}") from exc

        def render(values: object, data: Mapping[str, Any], marks: Marks) -> str:
            return template(values, data={**data, MARKS: marks})

        return render


def read_source(source: str, where: str) -> tuple[dict[str, Any], str]:
    """Return the frontmatter and the template of a ``.prompt`` file.

    Raises:
      ValueError: if the frontmatter is malformed.
      RuntimeError: without the ``prompts`` extra.
    """
    dotpromptz = _module("dotpromptz")
    try:
        parsed = dotpromptz.parse_document(source)
    except dotpromptz.FrontmatterError as exc:
        raise ValueError(
            f"the frontmatter of {where!r} is malformed at line {exc.line}, column {exc.column}: {exc.reason}"
        ) from exc
    except Exception as exc:
        # What YAML stumbles over beside its own errors: a date that is none, brackets in brackets without end.
        raise ValueError(f"the frontmatter of {where!r} is malformed: {exc}") from exc
    return dict(parsed.raw or {}), parsed.template


def expand_picoschema(
    source: JsonValue, named: Callable[[str], Mapping[str, JsonValue] | None]
) -> dict[str, JsonValue]:
    """Return the JSON Schema that *source*, a picoschema or a JSON Schema, stands for.

    Args:
      source: the schema.
      named: gives the JSON Schema with a name, if there is one.

    Raises:
      PublicError: ``NOT_FOUND``, if it names a schema that does not exist.
      ValueError: if it is no schema.
      RuntimeError: without the ``prompts`` extra.
    """
    unknown: list[str] = []

    async def resolve(name: str) -> dict[str, JsonValue]:  # noqa: ASYNC124  # a sync one would be run in a thread
        schema = named(name)
        if schema is None:
            unknown.append(name)
        # What it gives is written into.
        return {"type": "object"} if schema is None else copy.deepcopy(dict(schema))

    work = _module("dotpromptz").picoschema_to_json_schema(copy.deepcopy(source), resolve)
    try:
        expanded = _finished(work)
    except Exception as exc:
        # Besides ValueError, what its code stumbles over where a schema has an odd shape.
        raise ValueError(f"a schema cannot be read ({exc}): {source!r}") from exc
    if unknown:
        raise PublicError(Status.NOT_FOUND, f"schema {unknown[0]!r} not found")
    return expanded or {}


def _finished(work: Coroutine[Any, Any, T]) -> T:
    """Return what *work* returns; it is async only because a resolver may be, and ours never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    raise AssertionError("picoschema waits for something")  # pragma: no cover


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as exc:
        message = "templates of prompts need dotpromptz; install it with: pip install 'genkit-trio[prompts]'"
        raise RuntimeError(message) from exc
