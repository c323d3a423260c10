"""Background models: start, ask after, cancel."""

import attrs
import pytest

from genkit_trio import GenkitError, PublicError, RunContext, Status, current_context
from genkit_trio._ai.background import background_model, cancel_operation, check_operation, find_background_model
from genkit_trio._ai.model_info import ModelInfo, Supports
from genkit_trio._ai.operation import Operation
from genkit_trio._ai.request import ModelRequest
from genkit_trio._ai.response import ModelResponse
from genkit_trio._core import Action
from genkit_trio._wire import codec_of
from tests.ai.defined import Application

ASKED = ModelRequest(messages=[])


@attrs.frozen
class Config:
    seconds: int


async def start(request: ModelRequest[Config], ctx: RunContext[None]) -> Operation:
    return Operation(id="1", metadata={"seconds": request.config and request.config.seconds})


async def check(operation: Operation) -> Operation:
    return attrs.evolve(operation, done=True, output=dict(current_context()), action=None)


def cancel(operation: Operation) -> Operation:
    return attrs.evolve(operation, done=True)


@pytest.fixture
def ai():
    return Application()


async def test_an_operation_goes_through_three_actions(ai):
    video = ai.define_background_model("vendor/video", start, check, cancel)
    assert [str(action.key) for action in ai.registry.actions()] == [
        "/background-model/vendor/video",
        "/cancel-operation/vendor/video/cancel",
        "/check-operation/vendor/video/check",
    ]
    assert (video.name, video.supports_cancel, len(video.actions)) == ("vendor/video", True, 3)
    started = await video.start(ModelRequest(messages=[], config={"seconds": 3}))
    assert started == Operation(id="1", action="/background-model/vendor/video", metadata={"seconds": 3})
    assert codec_of(Operation).load(codec_of(Operation).dump(started)) == started
    checked = await check_operation(ai.registry, started)
    assert (checked.done, checked.action) == (True, "/background-model/vendor/video")
    assert (await cancel_operation(ai.registry, started)).done is True


def test_it_is_listed_with_the_schema_of_what_comes_out(ai):
    info = ModelInfo(versions=["1"], supports=Supports(media=True))
    ai.define_background_model("video", start, check, cancel, info=info, label="Video", timeout=3)
    schema = codec_of(ModelResponse).schema()
    described = ai["/background-model/video"].describe()
    assert described["metadata"] == {
        "model": {
            "label": "Video",
            "versions": ["1"],
            "supports": {"media": True, "longRunning": True},
            "customOptions": codec_of(Config).schema(),
        },
        "outputSchema": schema,
    }
    assert described["description"] == "Video"
    assert ai["/background-model/video"].options.timeout == 3
    assert ai["/check-operation/video/check"].describe()["metadata"] == {"outputSchema": schema}
    assert ai["/cancel-operation/video/cancel"].describe()["metadata"] == {"outputSchema": schema}
    assert background_model("x", start, check).start_action.options.metadata["model"]["label"] == "x"


async def test_what_cannot_be_cancelled_stays_as_it_is(ai):
    video = ai.define_background_model("video", start, check)
    operation = await video.start(ASKED)
    assert not video.supports_cancel
    assert await cancel_operation(ai.registry, operation) is operation
    assert [str(action.key) for action in video.actions] == ["/background-model/video", "/check-operation/video/check"]


async def test_the_models_client_is_told_by_the_context(ai):
    video = ai.define_background_model("video", start, check)
    operation = await video.start(ASKED)

    async def contexts():
        yield await check_operation(ai.registry, operation)
        yield await check_operation(ai.registry, operation, config={"location": "eu"})
        yield await check_operation(ai.registry, operation, context={}, config={"location": "eu"})
        yield await check_operation(ai.registry, operation, context={"who": "bob"})

    async def ask() -> list[object]:
        return [each.output async for each in contexts()]

    assert await Action("flow", "ask", ask, {})(context={"who": "ann"}) == [
        {"who": "ann"},
        {"who": "ann", "config": {"location": "eu"}},
        {"config": {"location": "eu"}},
        {"who": "bob"},
    ]


async def test_an_operation_must_tell_where_it_is_from(ai):
    with pytest.raises(PublicError, match="operation '1' does not tell which model started it") as caught:
        await check_operation(ai.registry, Operation(id="1"))
    assert caught.value.status is Status.INVALID_ARGUMENT
    for action in ("/background-model/nobody", "/tool/x"):
        with pytest.raises(PublicError, match=f"background model '{action}' not found"):
            await cancel_operation(ai.registry, Operation(id="1", action=action))


async def test_a_model_that_cannot_be_asked_after_is_none(ai):
    ai.registry.register(background_model("half", start, check).start_action)
    assert await find_background_model(ai.registry, "half") is None


async def test_an_answer_that_is_no_operation_is_an_error():
    async def odd(request: ModelRequest) -> dict: ...

    with pytest.raises(GenkitError, match="/background-model/odd returned a NoneType, not an Operation") as caught:
        await background_model("odd", odd, check).start(ASKED)
    assert caught.value.status is Status.FAILED_PRECONDITION


async def test_a_config_that_does_not_fit_starts_nothing():
    with pytest.raises(PublicError, match=r"config\.seconds: expected integer"):
        await background_model("video", start, check).start(ModelRequest(messages=[], config={"seconds": "x"}))
