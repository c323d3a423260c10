"""Evaluators: scores, batches, cases that cannot be scored, and what traces show."""

import pytest
import trio

from genkit_trio import PublicError, Status
from genkit_trio._ai.evaluation import BaseDataPoint, EvalFnResponse, EvalRequest, Score
from genkit_trio._ai.evaluator import EvaluatorRef, batch_evaluator, evaluate, evaluator
from tests.ai.defined import Application, seeing

SHOWN = {"display_name": "Length", "definition": "How long it is."}
CASES = [BaseDataPoint(input=text, output=text, test_case_id=text) for text in ("a", "bb", "ccc")]


async def length(case: BaseDataPoint) -> Score:
    return Score(score=len(case.output))


@pytest.fixture
def ai():
    return Application()


def scores(answers) -> dict[str, object]:
    return {answer.test_case_id: answer.evaluation.score for answer in answers}


async def test_each_case_is_scored(ai):
    ai.define_evaluator(name="length", fn=length, **SHOWN)
    answers = await evaluate(ai.registry, evaluator="length", dataset=CASES)
    assert scores(answers) == {"a": 1, "bb": 2, "ccc": 3}
    assert [answer.sample_index for answer in answers] == [0, 1, 2]
    assert await evaluate(ai.registry, evaluator="length", dataset=[]) == []


async def test_a_case_without_an_id_gets_one(ai):
    ai.define_evaluator(name="length", fn=length, **SHOWN)
    answers = await evaluate(ai.registry, evaluator="length", dataset=[BaseDataPoint(output="x")] * 2)
    assert len({answer.test_case_id for answer in answers} - {None, ""}) == 2


async def test_every_way_to_answer(ai):
    async def full(case: BaseDataPoint) -> EvalFnResponse:
        return EvalFnResponse(test_case_id="own", evaluation=[Score(id="x", score=True)])

    def several(case: BaseDataPoint) -> list[Score]:
        return [Score(score=1), Score(score=2)]

    [answer] = await evaluate(ai.registry, evaluator=evaluator("full", full, **SHOWN), dataset=CASES[:1])
    assert (answer.test_case_id, answer.evaluation) == ("own", [Score(id="x", score=True)])
    [answer] = await evaluate(ai.registry, evaluator=evaluator("several", several, **SHOWN), dataset=CASES[:1])
    assert [score.score for score in answer.evaluation] == [1, 2]


class Judge:
    async def __call__(self, case: BaseDataPoint, options: dict[str, str]) -> Score:
        """Judge."""
        return Score(score=options["by"])


def judge_in_a_thread(case, options):
    return Score(score=options["by"])


async def judge_with_context(case, ctx):
    return Score(score=ctx.context["by"])


@pytest.mark.parametrize("fn", [Judge(), judge_in_a_thread])
async def test_the_function_may_take_the_options(ai, fn):
    ai.define_evaluator(name="judge", fn=fn, **SHOWN)
    ref = EvaluatorRef("judge", config={"by": "ann", "k": 1})
    for options, by in ((None, "ann"), ({"by": "bob"}, "bob")):
        [answer] = await evaluate(ai.registry, evaluator=ref, dataset=CASES[:1], options=options)
        assert answer.evaluation.score == by


async def test_the_function_may_take_the_run_context(ai):
    judge = ai.evaluator("judge", **SHOWN)(judge_with_context)
    [answer] = await judge(EvalRequest(dataset=CASES[:1]), context={"by": "ann"})
    assert answer.evaluation.score == "ann"


async def test_a_case_that_cannot_be_scored_says_so(ai):
    @ai.evaluator(name="odd", **SHOWN)
    async def odd(case: BaseDataPoint) -> Score:
        if case.output == "bb":
            raise ValueError("too even")
        return Score(score=0)

    answers = await odd(EvalRequest(dataset=CASES, eval_run_id="r"))
    assert [answer.evaluation.error for answer in answers] == [
        None,
        "Evaluation of test case bb failed: \ntoo even",
        None,
    ]
    assert odd.dump_output(answers)[1]["evaluation"] == {"error": "Evaluation of test case bb failed: \ntoo even"}


async def test_batches_run_in_turn_and_their_cases_at_once(ai, autojump_clock):
    begun = []

    @ai.evaluator(name="slow", **SHOWN)
    async def slow(case: BaseDataPoint) -> Score:
        begun.append((round(trio.current_time() - start), case.output))
        await trio.sleep(1)
        return Score(score=0)

    start = trio.current_time()
    answers = await slow(EvalRequest(dataset=CASES, batch_size=2))
    assert sorted(begun) == [(0, "a"), (0, "bb"), (1, "ccc")]
    assert [answer.test_case_id for answer in answers] == ["a", "bb", "ccc"]
    begun.clear()
    start = trio.current_time()
    await slow(EvalRequest(dataset=CASES, batch_size=-1))
    assert [second for second, _ in begun] == [0, 1, 2]


async def test_cancelling_it_stops_every_case(ai, autojump_clock):
    ended = []

    @ai.evaluator(name="endless", **SHOWN)
    async def endless(case: BaseDataPoint) -> Score:
        try:
            await trio.sleep_forever()
        finally:
            ended.append(case.output)

    with trio.move_on_after(1):
        await endless(EvalRequest(dataset=CASES, batch_size=3))
    assert sorted(ended) == ["a", "bb", "ccc"]


async def test_traces_show_the_cases_and_the_batches(ai):
    ai.define_evaluator(name="length", fn=length, **SHOWN)
    with seeing() as seen:
        answers = await ai["/evaluator/length"](EvalRequest(dataset=CASES, eval_run_id="r", batch_size=2))
    assert sorted(seen.spans) == ["Batch 0", "Test Case a", "Test Case bb", "Test Case ccc", "length"]
    for name in ("Test Case a", "Batch 0"):
        assert seen.attribute(name, "genkit:metadata:evaluator:evalRunId") == "r"
    assert seen.attribute("Test Case a", "genkit:input") == '{"input":"a","output":"a","testCaseId":"a"}'
    assert seen.attribute("Test Case a", "genkit:output") == '{"testCaseId":"a","evaluation":{"score":1}}'
    span = seen.spans["Test Case a"]
    assert (answers[0].trace_id, answers[0].span_id) == (span.trace_id, span.span_id)
    assert span.parent is seen.spans["Batch 0"]


async def test_an_evaluation_has_an_id_of_its_own(ai):
    seen = []

    async def spy(request: EvalRequest) -> list[EvalFnResponse]:
        seen.append(request)
        return []

    spying = ai.define_batch_evaluator(name="spy", fn=spy, **SHOWN)
    await evaluate(ai.registry, evaluator="spy", dataset=CASES)
    await evaluate(ai.registry, evaluator=spying, dataset=CASES, eval_run_id="mine", options={"k": 1})
    assert seen[0].eval_run_id != seen[1].eval_run_id == "mine"
    assert (seen[0].options, seen[1].options, seen[1].dataset) == (None, {"k": 1}, CASES)


async def test_a_batch_evaluator_scores_all_in_one_call():
    def last_is_best(request: EvalRequest) -> list[EvalFnResponse]:
        return [
            EvalFnResponse(test_case_id=case.test_case_id, evaluation=Score(score=place))
            for place, case in enumerate(request.dataset)
        ]

    made = batch_evaluator("best", last_is_best, **SHOWN)
    assert scores(await made(EvalRequest(dataset=CASES))) == {"a": 0, "bb": 1, "ccc": 2}


def test_it_is_listed_with_what_tools_show_to_people(ai):
    made = ai.define_evaluator(name="length", fn=length, is_billed=True, config_schema={"type": "object"}, **SHOWN)
    assert made.describe()["metadata"] == {
        "type": "evaluator",
        "evaluator": {
            "evaluatorIsBilled": True,
            "evaluatorDisplayName": "Length",
            "evaluatorDefinition": "How long it is.",
            "customOptions": {"type": "object"},
        },
    }
    plain = evaluator("judge", judge_in_a_thread, **SHOWN).describe()
    assert plain["metadata"]["evaluator"]["evaluatorIsBilled"] is False
    assert "description" not in plain
    assert evaluator("judge", length, description="Judges.", **SHOWN).describe()["description"] == "Judges."


def test_what_tools_show_is_required():
    for given in ({}, {"display_name": "x"}, {"definition": "x"}):
        with pytest.raises(TypeError, match="/evaluator/length needs display_name= and definition="):
            evaluator("length", length, **given)


async def test_what_is_not_there_is_not_found(ai):
    with pytest.raises(PublicError, match="evaluator 'nobody' not found") as caught:
        await evaluate(ai.registry, evaluator="nobody", dataset=[])
    assert caught.value.status is Status.NOT_FOUND
