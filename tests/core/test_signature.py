"""What an action is made of: the table of functions that are taken, and the sentences for those that are not."""

import functools
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from functools import partial
from typing import Any, Never, TypeVar

import attrs
import pytest
import typing_extensions

from genkit_trio import RunContext
from genkit_trio._core.signature import Style, description_of, name_of, read_signature, takes_context
from genkit_trio._wire import ABSENT


async def nothing() -> int: ...
async def bare(ctx): ...
async def context_only(ctx: RunContext[int]) -> None: ...
async def context_by_type(run: RunContext) -> None: ...
async def one(x: int) -> str: ...
async def one_called_ctx(ctx: int) -> str: ...
async def both(x: int, ctx: RunContext[str]) -> bytes: ...
async def both_untyped(x, ctx): ...
async def text(x: "int", ctx: "RunContext[str]") -> "bytes": ...
async def default(x: int = 3) -> str: ...
async def default_and_context(x: int = 3, ctx: RunContext[str] = None) -> str: ...
def plain(x: int, ctx: RunContext[str]) -> bytes: ...


async def generator(x: int) -> AsyncIterator[str]:
    yield ""


async def full_generator() -> AsyncGenerator[str, None]:
    yield ""


async def iterable_generator() -> AsyncIterable[str]:
    yield ""


async def untyped_generator(x):
    yield ""


@attrs.frozen
class Page:
    title: str


class Shop:
    """A shop."""

    async def price(self, item: str) -> int:
        """The price of an item."""

    async def __call__(self, item: str) -> int: ...

    @classmethod
    async def named(cls, item: str) -> int: ...

    @staticmethod
    async def fixed(item: str) -> int: ...


def summary_of(fn):
    found = read_signature(fn, "it")
    types = (found.input_type, found.chunk_type, found.output_type)
    return found.style.value, found.has_input, found.has_context, found.default, *types


@pytest.mark.parametrize(
    ("fn", "expected"),
    [
        (nothing, ("async", False, False, None, None, Never, int)),
        (bare, ("async", False, True, None, None, Any, Any)),
        (context_only, ("async", False, True, None, None, int, None)),
        (context_by_type, ("async", False, True, None, None, Any, None)),
        (one, ("async", True, False, ABSENT, int, Never, str)),
        (one_called_ctx, ("async", True, False, ABSENT, int, Never, str)),
        (both, ("async", True, True, ABSENT, int, str, bytes)),
        (both_untyped, ("async", True, True, ABSENT, Any, Any, Any)),
        (text, ("async", True, True, ABSENT, int, str, bytes)),
        (default, ("async", True, False, 3, int, Never, str)),
        (default_and_context, ("async", True, True, 3, int, str, str)),
        (plain, ("sync", True, True, ABSENT, int, str, bytes)),
        (generator, ("generator", True, False, ABSENT, int, str, None)),
        (full_generator, ("generator", False, False, None, None, str, None)),
        (iterable_generator, ("generator", False, False, None, None, str, None)),
        (untyped_generator, ("generator", True, False, ABSENT, Any, Any, None)),
        (Shop().price, ("async", True, False, ABSENT, str, Never, int)),
        (Shop(), ("async", True, False, ABSENT, str, Never, int)),
        (Shop.named, ("async", True, False, ABSENT, str, Never, int)),
        (Shop.fixed, ("async", True, False, ABSENT, str, Never, int)),
        (partial(both, 3), ("async", False, True, None, None, str, bytes)),
        (partial(one, x=3), ("async", False, False, None, None, Never, str)),
        (partial(partial(Shop().price), "a"), ("async", False, False, None, None, Never, int)),
        (lambda x: x, ("sync", True, False, ABSENT, Any, Never, Any)),
        (Page, ("sync", True, False, ABSENT, str, Never, None)),
        (len, ("sync", True, False, ABSENT, Any, Never, Any)),
    ],
)
def test_a_row_of_the_table(fn, expected):
    found = summary_of(fn)
    assert tuple(type(None) if part is None else part for part in found) == tuple(
        type(None) if part is None else part for part in expected
    )


def sync_generator():
    yield 1


async def two(x: int, y: int): ...
async def keyword_only(*, x: int = 3): ...
async def positional(*args: int): ...
async def keywords(x: int, **kwargs: int): ...
async def context_first(ctx: RunContext[int], x: int): ...
async def unknown(x: "Nonsense"): ...  # noqa: F821  # that it is not defined is the case


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (two, "^'it' takes one input, not 2 \\(x, y\\); put them in one class$"),
        (keyword_only, "^'it' takes \\(input\\) or \\(input, ctx\\), not x; put several inputs in one class$"),
        (positional, "^'it' takes \\(input\\) or \\(input, ctx\\), not \\*args; put several inputs in one class$"),
        (partial(both, x=3), "^'it' takes \\(input\\) or \\(input, ctx\\), not ctx; put several inputs in one class$"),
        (keywords, "not \\*\\*kwargs; put several inputs in one class$"),
        (context_first, "^'it' takes \\(input, ctx\\), not \\(ctx, x\\); put the context last$"),
        (sync_generator, "^'it' is a sync generator; write 'async def' to stream with 'yield'$"),
        (Shop.price, "^'it' is a method that is not bound yet; decorate the bound method: ai.flow\\(shop.price\\)$"),
        (3, "^'it' is 3, which cannot be called; an action is made of a function$"),
        (unknown, "^'Nonsense' in the signature of 'unknown' is not defined .*; define or import it before the func"),
    ],
)
def test_a_function_that_is_not_taken_is_refused_with_what_to_write(fn, message):
    with pytest.raises(TypeError, match=message):
        read_signature(fn, "it")


def test_a_function_of_the_module_with_self_is_a_method_of_a_thing():
    async def price(self, item): ...

    price.__qualname__ = "price"
    with pytest.raises(TypeError, match=r"ai\.flow\(thing\.price\)"):
        read_signature(price, "price")


class Quiet(RunContext[Never]): ...


class Counting(RunContext[int]): ...


ChunkT = typing_extensions.TypeVar("ChunkT", default=bytes)
FreeT = typing_extensions.TypeVar("FreeT")
PlainT = TypeVar("PlainT")


class Defaulting(RunContext[ChunkT]): ...


class Free(RunContext[FreeT]): ...


class Plain(RunContext[PlainT]): ...


@pytest.mark.parametrize(
    ("annotation", "cls", "chunk_type"),
    [
        (RunContext[str], RunContext, str),
        (RunContext, RunContext, Any),
        (Quiet, Quiet, Never),
        (Counting, Counting, int),
        (Defaulting, Defaulting, bytes),
        (Defaulting[str], Defaulting, str),
        (Free, Free, Any),
        (Plain, Plain, Any),
    ],
)
def test_the_context_may_be_one_of_a_kind_of_its_own(annotation, cls, chunk_type):
    async def fn(x: int, ctx: annotation): ...

    found = read_signature(fn, "it")
    assert (found.context_class, found.chunk_type) == (cls, chunk_type)
    assert takes_context(fn)


def test_a_second_parameter_is_not_always_the_context():
    assert takes_context(bare)
    assert not takes_context(two)
    assert not takes_context(nothing)


def test_annotations_may_name_what_the_function_closes_over():
    class Local: ...

    async def work(x: "Local") -> "Local":
        return Local()

    found = read_signature(work, "work")
    assert (found.input_type, found.output_type) == (Local, Local)


async def test_a_function_inside_another_may_call_itself(ai):
    @ai.flow
    async def factorial(n: int) -> int:
        return 1 if n == 0 else n * await factorial(n - 1)

    assert await factorial(4) == 24


async def test_a_decorated_function_is_read_through_its_wrapper(ai):
    def shout(fn):
        @functools.wraps(fn)
        async def wrapper(*args):
            return (await fn(*args)).upper()

        return wrapper

    @ai.flow
    @shout
    async def greet(name: str) -> str:
        """Greet."""
        return f"hello {name}"

    assert await greet("ada") == "HELLO ADA"
    assert greet.describe()["inputSchema"] == {"type": "string"}
    assert greet.description == "Greet."


@pytest.mark.parametrize(("fn", "name"), [(one, "one"), (partial(partial(one)), "one"), (Shop().price, "price")])
def test_an_action_is_called_as_its_function(fn, name):
    assert name_of(fn) == name


@pytest.mark.parametrize("fn", [Shop(), partial(Shop()), lambda: None])
def test_what_has_no_name_needs_one(fn):
    with pytest.raises(TypeError, match=r"has no name of its own; give the action one: name='…'$"):
        name_of(fn)


def documented():
    """Say one thing,
    on two lines.

    And then another.
    """


@pytest.mark.parametrize(
    ("fn", "description"),
    [
        (documented, "Say one thing, on two lines."),
        (partial(documented), "Say one thing, on two lines."),
        (Shop().price, "The price of an item."),
        (Shop(), "A shop."),
        (one, ""),
    ],
)
def test_the_description_is_the_first_paragraph_on_one_line(fn, description):
    assert description_of(fn) == description


def test_the_style_is_that_of_the_function_that_runs():
    assert read_signature(partial(generator, 1), "it").style is Style.GENERATOR


async def test_every_row_of_the_table_can_be_called(ai):
    class Callable:
        async def __call__(self, x: int, ctx: RunContext[int]) -> int:
            await ctx.send_chunk(x)
            return x

    async def outer(x: int, ctx: RunContext[int]) -> int:
        return x + len(ctx.trace_id)

    assert await ai.flow(name="callable")(Callable())(3) == 3
    assert await ai.flow(name="bound")(Callable().__call__)(3) == 3
    assert await ai.flow(name="partial")(partial(outer, 1))() == 33
    assert await ai.flow(name="keyword")(partial(default, x=1))() is None
