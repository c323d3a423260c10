"""The public names: complete, documented, and cheap to import."""

import importlib
import inspect
import subprocess
import sys
from types import ModuleType

import pytest

import genkit_trio
from tests.source import PACKAGE, PUBLIC, ROOT

NAMESPACES = [
    "genkit_trio",
    *(f"genkit_trio.{name}" for name in PUBLIC if (PACKAGE / f"{name}.py").exists()),
    *(["genkit_trio.testing"] if (PACKAGE / "testing").exists() else []),
]

# What a program that only defines flows has no use for.
HEAVY = [
    "anyio",
    "asyncio",
    "click",
    "h11",
    "h2",
    "httpcore2",
    "httpx2",
    "hypercorn",
    "msgspec",
    "opentelemetry",
    "pydantic",
    "rich",
    "trio_parallel",
]


@pytest.fixture(params=NAMESPACES)
def namespace(request) -> ModuleType:
    return importlib.import_module(request.param)


def test_all_lists_the_public_names(namespace):
    assert all(hasattr(namespace, name) for name in namespace.__all__)  # and those of the AI layer are loaded now
    public = [name for name, value in vars(namespace).items() if name[0] != "_" and not inspect.ismodule(value)]
    assert sorted(namespace.__all__) == sorted(public)


def test_every_public_name_is_documented(namespace):
    missing = [
        name
        for name in namespace.__all__
        if inspect.isclass(value := getattr(namespace, name)) or inspect.isroutine(value)
        if not inspect.getdoc(value)
    ]
    assert missing == []


def test_every_public_method_is_documented(namespace):
    missing = [
        f"{name}.{member}"
        for name in namespace.__all__
        if inspect.isclass(cls := getattr(namespace, name))
        for member, value in vars(cls).items()
        if member[0] != "_" and (inspect.isfunction(value) or isinstance(value, property | classmethod | staticmethod))
        if not inspect.getdoc(getattr(cls, member))
    ]
    assert missing == []


@pytest.mark.io
def test_importing_the_package_loads_nothing_heavy():
    program = f"import sys, genkit_trio; print(*sorted(sys.modules.keys() & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.io
def test_a_program_of_flows_does_not_load_the_ai_layer():
    program = """
import sys, trio
from genkit_trio import Genkit
from genkit_trio.asgi import flow_app
ai = Genkit()
@ai.flow
async def double(number: int) -> int:
    return 2 * number
flow_app(ai)
print(trio.run(double, 4), "genkit_trio._ai.exports" in sys.modules, "genkit_trio._ai.part" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["8", "False", "False"]


@pytest.mark.io
def test_what_is_loaded_later_is_shown_from_the_start():
    program = "import genkit_trio as g; print(set(g.__all__) <= set(dir(g)), 'Part' in vars(g))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
    with pytest.raises(AttributeError, match="module 'genkit_trio' has no attribute 'flow'"):
        genkit_trio.flow  # noqa: B018  # reading it is what is tested


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").read_text(encoding="utf-8") == ""
