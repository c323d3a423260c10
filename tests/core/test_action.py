"""Actions: what they are called, what they take and give, and how they are listed."""

from functools import partial

import attrs
import pytest
import trio
import trio.testing

from genkit_trio import (
    Action,
    ActionResponse,
    GenkitError,
    PublicError,
    Retry,
    RunContext,
    Status,
)
from genkit_trio._core import read_signature
from genkit_trio._wire import ABSENT


@attrs.frozen
class Page:
    title: str


def test_an_action_is_a_main_function(ai):
    @ai.flow
    async def greet(name: str) -> str:
        return f"Hello, {name}!"

    assert trio.run(greet, "Ada") == "Hello, Ada!"
    assert trio.run(partial(greet, "Bob", context={"auth": 1})) == "Hello, Bob!"


def test_an_action_is_named_after_its_function(ai):
    @ai.flow
    async def greet(name: str) -> str:
        """Greet someone."""
        return name

    assert (greet.kind, greet.name, greet.description, repr(greet)) == (
        "flow",
        "greet",
        "Greet someone.",
        "<action /flow/greet>",
    )
    assert (greet.__name__, greet.__module__, greet.__doc__) == ("greet", __name__, "Greet someone.")
    assert greet.__qualname__.endswith("<locals>.greet")


async def test_run_returns_the_output_with_the_ids_of_the_trace(ai):
    ids = []

    @ai.flow
    async def greet(name: str, ctx: RunContext) -> str:
        ids.append((ctx.trace_id, ctx.span_id))
        return name

    response = await greet.run("Ada", context={"user": 1}, init=2)
    assert response == ActionResponse("Ada", *ids[0])


async def test_an_input_that_is_missing_is_refused_with_a_sentence(ai):
    @ai.flow
    async def greet(name: str) -> str:
        return name

    with pytest.raises(TypeError, match=r"^/flow/greet needs an input: await greet\(…\)$"):
        await greet()


async def test_an_input_for_an_action_without_one_is_refused(ai):
    @ai.flow
    async def tick() -> int:
        return 1

    with pytest.raises(TypeError, match=r"^/flow/tick takes no input, but was given one of type 'str'$"):
        await tick("x")
    assert await tick(None) == 1


async def test_a_default_stands_for_an_input_that_is_left_out(ai):
    @ai.flow
    async def greet(name: str = "you") -> str:
        return name

    assert (await greet(), await greet("Ada")) == ("you", "Ada")


async def test_values_pass_through_a_call_as_they_are(ai):
    value = object()

    @ai.flow
    async def same(x: object) -> object:
        return x

    assert await same(value) is value


@pytest.mark.parametrize(("data", "expected"), [({"title": "a"}, Page("a")), (ABSENT, "default")])
def test_the_input_of_a_request_is_loaded(ai, data, expected):
    @ai.flow
    async def show(page: Page = "default") -> None:
        pass

    assert show.load_input(data) == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [({"title": 1}, "title: expected string, got integer"), (ABSENT, "data: required field missing")],
)
def test_an_input_that_does_not_fit_is_refused_with_its_path(ai, data, message):
    @ai.flow
    async def show(page: Page) -> None:
        pass

    with pytest.raises(PublicError) as caught:
        show.load_input(data)
    assert caught.value.status is Status.INVALID_ARGUMENT
    assert message in str(caught.value)


def test_absent_data_is_null_where_null_fits(ai):
    @ai.flow
    async def show(page: Page | None) -> None:
        pass

    assert show.load_input(ABSENT) is None


def test_an_action_without_input_takes_null_or_nothing(ai):
    @ai.flow
    async def tick() -> None:
        pass

    assert tick.load_input(ABSENT) is tick.load_input(None) is None
    with pytest.raises(PublicError, match="expected no input"):
        tick.load_input({})


def test_outputs_and_chunks_are_dumped_by_their_types(ai):
    @ai.flow
    async def show(ctx: RunContext[Page]) -> Page:
        return Page("x")

    assert show.dump_output(Page("a")) == show.dump_chunk(Page("a")) == {"title": "a"}
    with pytest.raises(GenkitError, match=r"^the output of /flow/show does not fit its type: ") as output:
        show.dump_output(3)
    with pytest.raises(GenkitError, match=r"^a chunk of /flow/show does not fit its type: ") as chunk:
        show.dump_chunk(3)
    assert output.value.status is chunk.value.status is Status.INTERNAL
    assert not isinstance(output.value, PublicError)


def test_a_listing_shows_what_is_there_and_leaves_out_the_rest(ai):
    @ai.flow(description="Shows.", metadata={"type": "x"})
    async def show(page: str) -> int:
        """Something else."""
        return 1

    @ai.flow
    async def tick() -> None:
        pass

    assert show.describe() == {
        "key": "/flow/show",
        "name": "show",
        "description": "Shows.",
        "metadata": {"type": "x"},
        "inputSchema": {"type": "string"},
        "outputSchema": {"type": "integer"},
    }
    assert tick.describe() == {
        "key": "/flow/tick",
        "name": "tick",
        "inputSchema": {"type": "null"},
        "outputSchema": {"type": "null"},
    }


def test_an_action_can_be_made_without_a_decorator():
    async def double(x: int) -> int:
        return 2 * x

    action = Action("tool", "double", double, {})
    assert trio.run(action, 4) == 8
    assert str(action.key) == "/tool/double"


class Knowing(RunContext[str]):
    """A context that says what the call was made with."""

    def __str__(self):
        return f"init {self.init}"


async def test_a_function_gets_the_context_that_it_is_annotated_with(ai):
    @ai.flow
    async def both(x: int, ctx: Knowing) -> str:
        return f"{x} {ctx}"

    @ai.flow
    def only(ctx: Knowing) -> str:
        return str(ctx)

    @ai.flow
    async def chunks(x: int, ctx: Knowing):
        yield f"{x} {ctx}"

    assert await both(1, init=2) == "1 init 2"
    assert await only(init=2) == "init 2"
    async with chunks.stream(1, init=2) as stream:
        assert [chunk async for chunk in stream] == ["1 init 2"]


async def test_a_kind_may_say_what_the_types_are():
    async def untyped(x):
        return x

    signature = attrs.evolve(read_signature(untyped, "it"), input_type=int, output_type=Page)
    action = Action("kind", "it", untyped, {}, signature=signature)
    assert action.describe()["inputSchema"] == {"type": "integer"}
    with pytest.raises(PublicError, match="expected integer, got string"):
        action.load_input("x")
    with pytest.raises(GenkitError, match="does not fit its type"):
        action.dump_output(1)


async def test_a_kind_may_do_something_around_the_function(ai):
    attempts = []

    async def around(body, run, value):
        attempts.append(run.key)
        return f"<{await body(run, value + 1)}>"

    async def number(x: int) -> str:
        if len(attempts) == 1:
            raise GenkitError(Status.UNAVAILABLE, "try again")
        return str(x)

    retry = Retry(attempts=2, on=(Status.UNAVAILABLE,), backoff=0)
    action = Action("kind", "it", number, {"retry": retry}, around=around)
    assert await action(1) == "<2>"
    assert attempts == ["/kind/it", "/kind/it"]
    assert action.fn is number
