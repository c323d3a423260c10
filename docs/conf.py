"""How Sphinx builds these pages."""

import builtins
import importlib.util
import inspect
import sys
import typing
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import genkit_trio  # noqa: E402  # the line above makes it importable
from genkit_trio._version import __version__  # noqa: E402  # the same

project = "genkit_trio"
author = "The genkit_trio authors"
copyright = f"2026, {author}"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "examples", "newsfragments"]
default_role = "obj"
nitpicky = True
# Names of Python and of other packages have no page here, and the build needs no network to look for one.
FOREIGN = "|".join([*sys.stdlib_module_names, "anyio", "attrs", "httpx2", "hypercorn", "trio", "typing_extensions"])
nitpick_ignore = [(f"py:{role}", name) for role in ("class", "data", "exc", "func", "obj") for name in dir(builtins)]
nitpick_ignore_regex = [
    (r"py:.*", rf"({FOREIGN})(\..*)?"),
    (r"py:.*", r"(genkit_trio\..*\.)?([A-Z]\w*T|T[1-9s]?)(_co|_contra)?"),  # type variables: T, Ts, ChunkT
    (r"py:class", r"JsonValue|genkit_trio\._.*\.(Reply|Runtime)Options"),  # in signatures that users never write
    (r"py:class", r"genkit_trio\._hosts\..*\.(Call|Crossing|ThreadChannel)"),
    (r"py:class", r"genkit_trio\._.*\.(ActionSource|PromptDefinition|PromptReference|Signature|StreamStore|Turn)"),
]

html_theme = "furo"
html_title = f"genkit_trio {release}"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autoclass_content = "class"
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False
napoleon_use_rtype = False

NAMESPACES = (
    "genkit_trio",
    "genkit_trio.abc",
    "genkit_trio.asgi",
    "genkit_trio.embedder",
    "genkit_trio.evaluator",
    "genkit_trio.hosts",
    "genkit_trio.lowlevel",
    "genkit_trio.middleware",
    "genkit_trio.model",
    "genkit_trio.retriever",
    "genkit_trio.testing",
)


def resolve_annotations() -> None:
    """Let annotations be read where they name what is only loaded for type checkers: in what `Genkit` inherits."""
    typing.TYPE_CHECKING = True
    for module in [base.__module__ for base in genkit_trio.Genkit.__mro__[1:-1]]:
        importlib.reload(sys.modules[module])  # into the same names, which the functions look up
    typing.TYPE_CHECKING = False


def public_names() -> dict[str, str]:
    """Map what a reference may say to the name under which it is documented.

    That is the place where a thing is written, as annotations name it, or its name alone, as docstrings do.
    """
    names: dict[str, str] = {}
    for namespace in NAMESPACES:
        if importlib.util.find_spec(namespace) is None:
            continue
        module = importlib.import_module(namespace)
        for name in module.__all__:
            value = getattr(module, name)
            names.setdefault(name, f"{namespace}.{name}")
            if inspect.isclass(value) or inspect.isroutine(value):
                names.setdefault(f"{value.__module__}.{value.__qualname__}", f"{namespace}.{name}")
    return names


resolve_annotations()
PUBLIC = public_names()


def resolve_public_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.Element | None:
    """Annotations name a class where it is written, docstrings by its name alone; its page has the public name."""
    named = node.get("reftarget", "")
    first, dot, member = named.partition(".")
    target = PUBLIC.get(named) or (first in PUBLIC and PUBLIC[first] + dot + member)
    if node.get("refdomain") != "py" or not target:
        return None
    domain = env.get_domain("py")
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, content)


def keep_first_line(app: Sphinx, what: str, *rest: Any) -> None:
    """Napoleon takes what stands before a colon in the first line of an attribute for its type; ours have sentences."""
    if what in ("attribute", "data", "property"):
        rest[-1][:0] = ["..", ""]


def hide_private_bases(app: Sphinx, name: str, obj: object, options: object, bases: list[type]) -> None:
    """What a class inherits from one without a page is of no use to a reader."""
    private = [base for base in bases if base.__module__.startswith("genkit_trio.") and _place_of(base) not in PUBLIC]
    bases[:] = [base for base in bases if base not in private] or [object]


def _place_of(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def setup(app: Sphinx) -> None:
    """Connect what this file adds."""
    app.connect("missing-reference", resolve_public_name)
    app.connect("autodoc-process-bases", hide_private_bases)
    app.connect("autodoc-process-docstring", keep_first_line, priority=100)  # before Napoleon's
