"""The public names: complete, documented, and cheap to import."""

import importlib
import inspect
import subprocess
import sys
from types import ModuleType

import pytest

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


def test_importing_the_package_loads_nothing_heavy():
    program = f"import sys, genkit_trio; print(*sorted(sys.modules.keys() & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").read_text(encoding="utf-8") == ""
