"""Giving middleware a name."""

import dataclasses
import json

import attrs
import pytest

from genkit_trio import PublicError, Status
from genkit_trio._ai import (
    Cache,
    Definitions,
    DownloadMedia,
    Fallback,
    Middleware,
    MiddlewareRef,
    Retry,
    SimulateSystemPrompt,
    ToolApproval,
    ValidateSupport,
)
from genkit_trio._ai.middleware.resolve import resolve_middleware
from genkit_trio._core import Registry
from genkit_trio._runtime import Reflection
from genkit_trio._tracing import SpanExporter


class App(Definitions):
    def __init__(self):
        self.registry = Registry()

    def listed(self):
        return json.loads(Reflection(self.registry, SpanExporter(None, realtime=False)).values("middleware"))


@attrs.frozen
class Loud(Middleware):
    """Says everything in capitals.

    Also what was whispered.
    """

    how_loud: int = 1
    secret: object = attrs.field(default=None, metadata={"wire": False})


def test_tools_list_what_is_defined():
    ai = App()
    ai.define_middleware(Loud, name="loud", metadata={"since": 2})
    [(name, listed)] = ai.listed().items()
    assert name == "loud"
    assert listed.pop("configSchema").items() >= {"type": "object", "additionalProperties": False}.items()
    assert listed == {"name": "loud", "description": "Says everything in capitals.", "metadata": {"since": 2}}


def test_the_decorator_defines_and_returns_the_class():
    ai = App()

    @ai.middleware(name="quiet", description="Says nothing.")
    class Quiet(Middleware):
        pass

    assert isinstance(Quiet(), Middleware)
    described = ai.listed()["quiet"]
    assert described == {
        "name": "quiet",
        "description": "Says nothing.",
        "configSchema": {"type": "object", "properties": {}, "additionalProperties": True},
    }


@pytest.mark.parametrize(
    ("cls", "name", "config"),
    [
        (Cache, "cache", {"maxEntries": 2, "ttl": 60}),
        (DownloadMedia, "downloadMedia", {"maxBytes": 10, "allowedHosts": ["example.com"]}),
        (Fallback, "fallback", {"models": ["a", {"name": "b", "config": {"x": 1}}], "statuses": ["ABORTED"]}),
        (Retry, "retry", {"maxRetries": 1, "initialDelayMs": 5, "statuses": ["ABORTED"], "noJitter": True}),
        (SimulateSystemPrompt, "simulateSystemPrompt", {"preface": "P", "acknowledgement": "A"}),
        (ToolApproval, "toolApproval", {"allowedTools": ["search"]}),
        (ValidateSupport, "validateSupport", {}),
    ],
)
def test_what_comes_with_the_library_has_a_name_and_takes_json(cls, name, config):
    ai = App()
    defined = ai.define_middleware(cls)
    assert (defined.name, ai.listed()[name]["name"]) == (name, name)
    assert isinstance(ai.listed()[name]["description"], str)
    [made] = resolve_middleware(ai.registry, [MiddlewareRef(name, config)])
    assert type(made) is cls
    [default] = resolve_middleware(ai.registry, [MiddlewareRef(name)])
    assert type(default) is cls


def test_a_reference_sets_the_fields_and_the_same_one_gives_the_same_middleware():
    """So that what a middleware remembers, such as the answers of a cache, outlives one generation."""
    ai = App()
    ai.define_middleware(Loud, name="loud")
    refs = [MiddlewareRef("loud", {"howLoud": 3}), MiddlewareRef("loud", {"howLoud": 3}), MiddlewareRef("loud")]
    first, second, third = resolve_middleware(ai.registry, refs)
    assert first is second
    assert (first, third) == (Loud(3), Loud())


def test_only_so_many_configurations_are_remembered():
    defined = App().define_middleware(Loud, name="loud")
    made = [defined({"howLoud": number}) for number in range(65)]
    assert defined({"howLoud": 0}) is made[0]
    assert defined({"howLoud": 64}) is not made[64]


@pytest.mark.parametrize(
    ("cls", "config", "message"),
    [
        (
            Loud,
            {"howLoud": "very"},
            "the config of middleware 'it' does not fit: howLoud: expected integer, got string",
        ),
        (Loud, {"secret": 1}, "secret"),
        (Retry, {"maxRetries": -1}, "not accepted by Retry"),
        (Retry, {"statuses": ["BUSY"]}, r"statuses\.0"),
        (Loud, [1], "expected object, got list"),
        (Middleware, {"any": 1}, "'any': unknown field; this middleware has no configuration"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(cls, config, message):
    ai = App()
    ai.define_middleware(cls, name="it")
    with pytest.raises(PublicError, match=message) as caught:
        resolve_middleware(ai.registry, [MiddlewareRef("it", config)])
    assert caught.value.status is Status.INVALID_ARGUMENT


def test_a_dataclass_is_a_configuration_too():
    ai = App()

    @ai.middleware(name="soft")
    @dataclasses.dataclass
    class Soft(Middleware):
        how_soft: int = 1

    [made] = resolve_middleware(ai.registry, [MiddlewareRef("soft", {"how_soft": 2})])
    assert made == Soft(2)


def test_a_class_without_fields_and_words_can_be_defined():
    class Plain(Middleware):
        pass

    ai = App()
    ai.define_middleware(Plain, name="plain")
    assert ai.listed()["plain"].keys() == {"name", "configSchema"}
    [made] = resolve_middleware(ai.registry, [MiddlewareRef("plain", {})])
    assert type(made) is Plain


@pytest.mark.parametrize("name", ["", " ", "a b", "a/b", "a:b", "a\\b", "a\n", "\x00"])
def test_a_name_that_keys_cannot_hold_is_refused(name):
    with pytest.raises(ValueError, match="a middleware is named"):
        App().define_middleware(Middleware, name=name)


def test_a_field_without_json_is_refused_at_the_definition():
    @attrs.frozen
    class Odd(Middleware):
        thing: Registry

    with pytest.raises(TypeError, match="Registry"):
        App().define_middleware(Odd, name="odd")
