"""How Sphinx builds these pages."""

import builtins
import importlib.util
import inspect
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from genkit_trio._version import __version__  # noqa: E402  # the line above makes it importable

project = "genkit_trio"
author = "The genkit_trio authors"
copyright = f"2026, {author}"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "examples", "newsfragments"]
default_role = "obj"
nitpicky = True
# Names of Python and of other packages have no page here, and the build needs no network to look for one.
FOREIGN = "|".join([*sys.stdlib_module_names, "anyio", "attrs", "hypercorn", "trio"])
nitpick_ignore = [(f"py:{role}", name) for role in ("class", "data", "exc", "func", "obj") for name in dir(builtins)]
nitpick_ignore_regex = [
    (r"py:.*", rf"({FOREIGN})(\..*)?"),
    (r"py:.*", r"(genkit_trio\..*\.)?([A-Z]\w*T|T[1-9s]?)(_co|_contra)?"),  # type variables: T, Ts, ChunkT
    (r"py:class", r"JsonValue|genkit_trio\._.*\.(Reply|Runtime)Options"),  # in signatures that users never write
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

NAMESPACES = ("genkit_trio", "genkit_trio.abc", "genkit_trio.asgi", "genkit_trio.lowlevel", "genkit_trio.testing")


def public_names() -> dict[str, str]:
    """Map the place where a public thing is written to the name under which it is documented."""
    names = {}
    for namespace in NAMESPACES:
        if importlib.util.find_spec(namespace) is None:
            continue
        module = importlib.import_module(namespace)
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value) or inspect.isroutine(value):
                names[f"{value.__module__}.{value.__qualname__}"] = f"{namespace}.{name}"
    return names


PUBLIC = public_names()


def resolve_public_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.Element | None:
    """Annotations name a class where it is written; its page has the public name."""
    if node.get("refdomain") != "py" or node.get("reftarget") not in PUBLIC:
        return None
    target = PUBLIC[node["reftarget"]]
    domain = env.get_domain("py")
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, content)


def keep_first_line(app: Sphinx, what: str, *rest: Any) -> None:
    """Napoleon takes what stands before a colon in the first line of an attribute for its type; ours have sentences."""
    if what in ("attribute", "data", "property"):
        rest[-1][:0] = ["..", ""]


def setup(app: Sphinx) -> None:
    """Connect what this file adds."""
    app.connect("missing-reference", resolve_public_name)
    app.connect("autodoc-process-docstring", keep_first_line, priority=100)  # before Napoleon's
