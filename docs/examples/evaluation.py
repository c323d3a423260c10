"""Scores for the outputs of a flow."""

from functools import partial

import trio

from genkit_trio import Genkit, run_all
from genkit_trio.evaluator import BaseDataPoint, Details, EvalStatusEnum, Score

ai = Genkit()


@ai.flow
async def greet(name: str) -> str:
    """Greet someone."""
    return f"Hello, {name}!"


@ai.evaluator(display_name="Brevity", definition="Whether the output has at most so many characters, 12 by default.")
async def brevity(case: BaseDataPoint, options: dict[str, int] | None) -> Score:
    """Measure the length."""
    length, most = len(str(case.output)), (options or {}).get("most", 12)
    status = EvalStatusEnum.PASS if length <= most else EvalStatusEnum.FAIL
    return Score(score=length, status=status, details=Details(reasoning=f"{length} characters of {most}"))


async def main() -> None:
    names = ["Ada", "Bob", "Maximiliane"]
    greetings = await run_all(*(partial(greet, name) for name in names))
    dataset = [
        BaseDataPoint(input=name, output=greeting, test_case_id=name)
        for name, greeting in zip(names, greetings, strict=True)
    ]
    for scored in await ai.evaluate(evaluator="brevity", dataset=dataset):
        assert isinstance(scored.evaluation, Score)  # it may also be a list of them
        print(scored.test_case_id, scored.evaluation.status, scored.evaluation.score)


trio.run(main)
