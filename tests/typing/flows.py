"""Every row of the table of what ``@ai.flow`` takes: input, chunk and output are inferred."""

from collections.abc import AsyncIterator
from typing import Any, Never, assert_type

import attrs

from genkit_trio import Action, DefaultedAction, Genkit, Retry, RunContext

ai = Genkit()


@attrs.frozen
class Page:
    """An input of the user's own."""

    title: str


@ai.flow
async def nothing() -> int:
    return 1


@ai.flow
async def context_only(ctx: RunContext[bytes]) -> int:
    return 1


@ai.flow
async def one(page: Page) -> str:
    return page.title


@ai.flow
async def both(page: Page, ctx: RunContext[bytes]) -> str:
    await ctx.send_chunk(b"")
    return page.title


@ai.flow
async def any_chunk(page: Page, ctx: RunContext[Any]) -> str:
    return page.title


@ai.flow
async def default(page: Page | None = None) -> str:
    return ""


@ai.flow
async def optional(page: Page | None) -> str:
    return ""


@ai.flow
async def no_output(page: Page) -> None: ...


@ai.flow
async def generator(page: Page) -> AsyncIterator[bytes]:
    yield b""


@ai.flow
async def generator_of_nothing() -> AsyncIterator[bytes]:
    yield b""


@ai.flow
async def generator_with_context(page: Page, ctx: RunContext[bytes]) -> AsyncIterator[bytes]:
    yield b""


@ai.flow
async def generator_with_context_only(ctx: RunContext[bytes]) -> AsyncIterator[bytes]:
    yield b""


@ai.flow
async def generator_with_default(size: int = 3) -> AsyncIterator[bytes]:
    yield b""


@ai.flow
def sync_nothing() -> int:
    return 1


@ai.flow
def sync(page: Page) -> bytes:
    return b""


@ai.flow
def sync_both(page: Page, ctx: RunContext[str]) -> bytes:
    return b""


@ai.flow
def sync_context_only(ctx: RunContext[str]) -> bytes:
    return b""


@ai.flow
def sync_default(size: int = 3) -> bytes:
    return b""


assert_type(nothing, Action[None, int, Never])
assert_type(context_only, Action[None, int, bytes])
assert_type(one, Action[Page, str, Never])
assert_type(both, Action[Page, str, bytes])
assert_type(any_chunk, Action[Page, str, Any])  # type: ignore[assert-type]  # because mypy takes every overload for Any
assert_type(default, DefaultedAction[Page | None, str, Never])
assert_type(optional, Action[Page | None, str, Never])
assert_type(no_output, Action[Page, None, Never])
assert_type(generator, Action[Page, None, bytes])
assert_type(generator_of_nothing, Action[None, None, bytes])
assert_type(generator_with_context, Action[Page, None, bytes])
assert_type(generator_with_context_only, Action[None, None, bytes])
assert_type(generator_with_default, DefaultedAction[int, None, bytes])
assert_type(sync_nothing, Action[None, int, Never])
assert_type(sync, Action[Page, bytes, Never])
assert_type(sync_both, Action[Page, bytes, str])
assert_type(sync_context_only, Action[None, bytes, str])
assert_type(sync_default, DefaultedAction[int, bytes, Never])


@ai.flow()
async def with_parentheses(page: Page) -> str:
    return page.title


@ai.flow("name")
async def with_name(page: Page) -> str:
    return page.title


@ai.flow(
    name="keywords",
    description="",
    timeout=30,
    max_concurrency=8,
    max_queue=3,
    chunk_buffer=0,
    retry=Retry(attempts=2),
    on_disconnect="detach",
    metadata={"type": "x"},
)
async def with_options(page: Page, ctx: RunContext[int]) -> str:
    return page.title


@ai.flow(run_in="process")
def in_a_process(size: int) -> int:
    return size


assert_type(with_parentheses, Action[Page, str, Never])
assert_type(with_name, Action[Page, str, Never])
assert_type(with_options, Action[Page, str, int])
assert_type(in_a_process, Action[int, int, Never])


class Shop:
    """A shop whose method becomes a flow when it is bound."""

    async def price(self, item: str) -> int:
        return len(item)

    async def __call__(self, item: str) -> int:
        return len(item)


assert_type(ai.flow(Shop().price), Action[str, int, Never])
assert_type(ai.flow("shop")(Shop()), Action[str, int, Never])

ai.flow(unknown=1)  # type: ignore[call-overload]  # because there is no such option  # pyright: ignore[reportCallIssue]  # because there is no such option
ai.flow(timeout="3")  # type: ignore[call-overload]  # because seconds are a number  # pyright: ignore[reportArgumentType]  # because seconds are a number
ai.flow(run_in="cloud")  # type: ignore[call-overload]  # because there is no such place  # pyright: ignore[reportArgumentType]  # because there is no such place
