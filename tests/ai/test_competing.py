"""Models that compete."""

from functools import partial

import pytest
import trio
import trio.testing

from genkit_trio import Cause, GenkitError, State
from genkit_trio._ai import Message, ModelInfo, ModelRequest, ModelResponse, ModelResponseChunk, Supports, hedge, race
from genkit_trio._ai.model import Model, ModelRef
from genkit_trio._core import Registry, RunContext, current_run
from genkit_trio.testing import ScriptedAnswer, scripted_model

REQUEST = ModelRequest(messages=[Message("user", "hi")])


def down(message="down"):
    return GenkitError("UNAVAILABLE", message)


class Endless:
    """A model that never answers, and tells how it ended; its cleanup takes a while."""

    def __init__(self, name="endless", chunks=0, cleanup=1.0):
        self.run = None
        self.chunks = chunks
        self.cleanup = cleanup
        self.ended = False
        self.model = Model(name, self._answer, {})

    async def _answer(self, request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
        self.run = current_run()
        try:
            for _ in range(self.chunks):
                await trio.sleep(1)
                await ctx.send_chunk(ModelResponseChunk("mine"))
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(self.cleanup)
            self.ended = True


async def streamed(model):
    chunks = []
    async with model.stream(REQUEST) as stream:
        async for chunk in stream:
            chunks.append(chunk.text)
        return await stream.output(), chunks


async def test_the_first_good_answer_wins(autojump_clock):
    slow, fast = scripted_model(ScriptedAnswer("slow", delay=5)), scripted_model(ScriptedAnswer("fast", delay=2))
    answer = await race([slow, fast])(REQUEST)
    assert answer.text == "fast"
    assert slow.last_request is fast.last_request is REQUEST
    assert trio.current_time() == pytest.approx(2)


async def test_the_losers_are_cancelled_and_have_ended_before_the_answer_is_returned(autojump_clock):
    """C4, C5: their connections are closed, and the trace says that they lost."""
    loser = Endless()
    await race([loser.model, scripted_model(ScriptedAnswer("fast", delay=2))])(REQUEST)
    assert loser.ended
    assert (loser.run.state, loser.run.cause) == (State.CANCELLED, Cause.LOST_RACE)
    assert trio.current_time() == pytest.approx(3)


async def test_a_model_that_fails_does_not_win(autojump_clock):
    answer = await race([scripted_model(down()), scripted_model(ScriptedAnswer("hello", delay=2))])(REQUEST)
    assert answer.text == "hello"


@pytest.mark.parametrize("reason", ["blocked", "failed", "aborted"])
async def test_an_answer_that_is_not_good_does_not_win(autojump_clock, reason):
    bad = scripted_model(ModelResponse(message=Message("model", "no"), finish_reason=reason))
    assert (await race([bad, scripted_model(ScriptedAnswer("yes", delay=2))])(REQUEST)).text == "yes"


async def test_what_is_good_can_be_chosen(autojump_clock):
    models = [scripted_model("short"), scripted_model(ScriptedAnswer("long enough", delay=2))]
    answer = await race(models, is_good=lambda answer: len(answer.text) > 5)(REQUEST)
    assert answer.text == "long enough"


async def test_when_no_answer_is_good_the_first_models_is_given(autojump_clock):
    blocked = [ModelResponse(message=Message("model", text), finish_reason="blocked") for text in "ab"]
    models = [scripted_model(down()), scripted_model(ScriptedAnswer(blocked[0], delay=1)), scripted_model(blocked[1])]
    assert await race(models)(REQUEST) is blocked[0]


async def test_when_all_fail_their_errors_are_raised(autojump_clock):
    first, second = down("first"), down("second")
    model = race([scripted_model(ScriptedAnswer(error=first, delay=2), name="a"), scripted_model(second, name="b")])
    with pytest.raises(ExceptionGroup, match="no model of a, b answered") as caught:
        await model(REQUEST)
    assert caught.value.exceptions == (first, second)


async def test_one_model_is_a_race_too():
    assert (await race([scripted_model("hello")])(REQUEST)).text == "hello"


async def test_only_the_winners_chunks_are_sent(autojump_clock):
    fast = scripted_model(ScriptedAnswer(chunks=["fa", "st"], delay=2))
    slow = scripted_model(ScriptedAnswer(chunks=["sl", "ow"], delay=3))
    answer, chunks = await streamed(race([slow, fast]))
    assert (answer.text, chunks) == ("fast", ["fa", "st"])


async def test_the_first_to_send_a_chunk_wins_though_another_answers_sooner(autojump_clock):
    talker = scripted_model(ScriptedAnswer(chunks=["let", " me", " see"], delay=2))
    thinker = scripted_model(ScriptedAnswer("42", delay=3))
    answer, chunks = await streamed(race([thinker, talker]))
    assert (answer.text, chunks) == ("let me see", ["let", " me", " see"])


async def test_the_losers_are_cancelled_as_soon_as_a_chunk_has_won(autojump_clock):
    loser = Endless(cleanup=0)
    ended_at = []

    async def answer(request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
        await trio.sleep(1)
        await ctx.send_chunk(ModelResponseChunk("mine"))
        await trio.sleep(1)
        ended_at.append(loser.ended)
        return ModelResponse(message=Message("model", "mine"))

    await streamed(race([loser.model, Model("winner", answer, {})]))
    assert ended_at == [True]
    assert (loser.run.state, loser.run.cause) == (State.CANCELLED, Cause.LOST_RACE)


async def test_an_answer_without_chunks_can_win_a_stream(autojump_clock):
    answer, chunks = await streamed(race([Endless().model, scripted_model(ScriptedAnswer("hello", delay=1))]))
    assert (answer.text, chunks) == ("hello", [])


async def test_a_winner_that_fails_after_a_chunk_fails_the_race(autojump_clock):
    """What was sent cannot be taken back, so nobody can take over."""
    error = down()
    winner = scripted_model(ScriptedAnswer(chunks=["he"], error=error, delay=1))
    loser = Endless()
    chunks = []
    with pytest.raises(GenkitError) as caught:
        async with race([loser.model, winner]).stream(REQUEST) as stream:
            async for chunk in stream:
                chunks.append(chunk.text)
    assert caught.value is error
    assert (chunks, loser.ended) == (["he"], True)


async def test_a_winner_of_a_stream_may_be_blocked_after_its_chunks(autojump_clock):
    blocked = ModelResponse(message=Message("model", "he"), finish_reason="blocked")
    winner = scripted_model(ScriptedAnswer(blocked, chunks=["he"], delay=1))
    assert await streamed(race([Endless().model, winner])) == (blocked, ["he"])


async def test_a_loser_in_a_shield_talks_to_nobody(autojump_clock):
    async def stubborn(request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
        with trio.CancelScope(shield=True):
            await trio.sleep(2)
            await ctx.send_chunk(ModelResponseChunk("too late"))
        return ModelResponse(message=Message("model", "too late"))

    winner = scripted_model(ScriptedAnswer(chunks=["hello"], delay=1))
    answer, chunks = await streamed(race([Model("stubborn", stubborn, {}), winner]))
    assert (answer.text, chunks) == ("hello", ["hello"])


async def test_a_loser_that_answers_all_the_same_is_not_heard(autojump_clock):
    async def stubborn(request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
        with trio.CancelScope(shield=True):
            await trio.sleep(2)
        return ModelResponse(message=Message("model", "too late"))

    winner = scripted_model(ScriptedAnswer(chunks=["he", "llo"], delay=1.5))
    answer, _ = await streamed(race([Model("stubborn", stubborn, {}), winner]))
    assert (answer.text, trio.current_time()) == ("hello", pytest.approx(4.5))


async def test_leaving_the_stream_of_a_race_cancels_every_model(autojump_clock):
    models = [Endless("a", chunks=1), Endless("b")]
    async with race([each.model for each in models]).stream(REQUEST) as stream:
        async for _ in stream:
            break
    assert [each.ended for each in models] == [True, True]


async def test_a_deadline_around_a_race_cancels_every_model(autojump_clock):
    models = [Endless("a"), Endless("b")]
    with trio.move_on_after(2) as scope:
        await race([each.model for each in models])(REQUEST)
    assert scope.cancelled_caught
    assert [each.ended for each in models] == [True, True]


async def test_models_race_by_name_and_by_reference(autojump_clock):
    registry = Registry()
    registry.register(scripted_model(down(), name="a"))
    b = registry.register(scripted_model("hello", name="b"))
    refs = ["a", ModelRef("b", config={"temperature": 1}, version="v2")]
    assert (await race(refs, registry=registry)(REQUEST)).text == "hello"
    assert b.last_request.config == {"temperature": 1, "version": "v2"}


def test_a_name_needs_a_registry():
    with pytest.raises(ValueError, match=r"model 'a' is given by its name; give registry= too, such as ai\.registry"):
        race(["a"])


def test_a_race_of_nobody_is_refused():
    with pytest.raises(ValueError, match="race needs something to run"):
        race([])


def test_a_race_says_of_itself_what_all_models_can_do():
    first = scripted_model(info=ModelInfo(supports=Supports(media=True, tools=True, output=["json"])), name="a")
    second = scripted_model(info=ModelInfo(supports=Supports(media=False, tools=True, output=["text"])), name="b")
    listed = race([first, second]).describe()
    assert listed["name"] == "race(a, b)"
    assert listed["metadata"]["model"] == {"label": "race(a, b)", "supports": {"media": False, "tools": True}}


def test_the_new_model_can_be_named_and_registered():
    registry = Registry()
    model = registry.register(race([scripted_model()], name="best"))
    assert str(model.key) == "/model/best"


async def test_a_hedge_asks_once_where_the_answer_comes_in_time(autojump_clock):
    model = scripted_model(ScriptedAnswer("hello", delay=2))
    assert (await hedge(model, after=3)(REQUEST)).text == "hello"
    assert trio.current_time() == pytest.approx(2)


async def test_a_hedge_asks_again_where_there_is_no_answer(autojump_clock):
    model = scripted_model(ScriptedAnswer("slow", delay=100), ScriptedAnswer("fast", delay=2))
    assert (await hedge(model, after=3)(REQUEST)).text == "fast"
    assert trio.current_time() == pytest.approx(5)


async def test_the_first_request_of_a_hedge_may_still_win(autojump_clock):
    model = scripted_model(ScriptedAnswer("first", delay=4), ScriptedAnswer("second", delay=4))
    assert (await hedge(model, after=3)(REQUEST)).text == "first"
    assert trio.current_time() == pytest.approx(4)


async def test_a_hedge_asks_at_once_when_all_who_were_asked_have_failed(autojump_clock):
    model = scripted_model(ScriptedAnswer(error=down(), delay=1), ScriptedAnswer("hello", delay=1))
    assert (await hedge(model, after=30)(REQUEST)).text == "hello"
    assert trio.current_time() == pytest.approx(2)


async def test_a_hedge_asks_the_others_one_after_the_other(autojump_clock):
    asked_at = []

    def noting(name, delay):
        async def answer(request, ctx):
            asked_at.append((name, trio.current_time()))
            await trio.sleep(delay)
            return name

        return scripted_model(answer, name=name)

    others = [noting("b", 100), noting("c", 2), noting("d", 0)]
    assert (await hedge(noting("a", 100), after=3, others=others)(REQUEST)).text == "c"
    assert asked_at == [("a", 0), ("b", pytest.approx(3)), ("c", pytest.approx(6))]


async def test_a_failure_wakes_the_next_one_only(autojump_clock):
    others = [scripted_model(ScriptedAnswer("b", delay=2), name="b"), scripted_model("c", name="c")]
    assert (await hedge(scripted_model(down()), after=30, others=others)(REQUEST)).text == "b"
    assert others[1].requests == []


async def test_a_hedge_whose_every_request_fails_raises_them(autojump_clock):
    with pytest.raises(ExceptionGroup, match="no model of scripted, scripted answered"):
        await hedge(scripted_model(down(), down()), after=30)(REQUEST)
    assert trio.current_time() == 0


async def test_a_hedge_waits_for_a_chunk_where_it_is_streamed(autojump_clock):
    model = scripted_model(ScriptedAnswer(chunks=["he", "llo"], delay=2))
    answer, chunks = await streamed(hedge(model, after=3))
    assert (answer.text, chunks, len(model.requests)) == ("hello", ["he", "llo"], 1)


async def test_a_winner_that_fails_after_a_chunk_does_not_wait_for_those_who_wait(autojump_clock):
    model = scripted_model(ScriptedAnswer(chunks=["he"], error=down(), delay=1))
    with pytest.raises(GenkitError, match="down"):
        await streamed(hedge(model, after=30))
    assert (trio.current_time(), len(model.requests)) == (pytest.approx(2), 1)


def test_a_hedge_that_does_not_wait_is_refused():
    with pytest.raises(ValueError, match=r"after is 0; it must be seconds greater than 0, for race asks at once"):
        hedge(scripted_model(), after=0)


async def test_many_races_at_once_do_not_meet(autojump_clock):
    model = race([scripted_model(*["a"] * 20), Endless().model])
    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(partial(model, REQUEST))
