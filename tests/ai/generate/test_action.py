"""The protocol's cases, in process and over both versions of the reflection API: strict equality."""

import json

import pytest
import trio

from genkit_trio import GenkitError, Status
from genkit_trio._ai import ModelRequest
from genkit_trio._ai.generate import generate_of, new_generation, request_of
from genkit_trio._asgi import ReflectionApp, ReflectionIdentity
from genkit_trio._core import Registry
from genkit_trio._runtime import Reflection, open_runtime
from genkit_trio._wire import ActionKey, codec_of
from genkit_trio.testing import JSON_HEADERS, AppRequest, scripted_model
from tests.ai.generate.applications import Conversation
from tests.ai.generate.generating import GENERATING
from tests.ai.generate.resuming import RESUMING
from tests.e2e.tools import RecordedTelemetry, open_socket_tool

KEY = "/util/generate"
CASES = {**GENERATING, **RESUMING}


# Whether a JSON Schema is one at all is for a library to say.
CHECKED = "a schema that is none"


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.extra) if name == CHECKED else name for name in CASES])
def case(request):
    return CASES[request.param]


@pytest.fixture
def application(case):
    return Conversation(case.answers, case.chunks)


@pytest.fixture(autouse=True)
async def in_time():
    with trio.fail_after(30):
        yield


def input_of(case):
    given = {"model": "testModel", **case.input}
    return {name: value for name, value in given.items() if value is not None}


def check(case, application, chunks, response, status):
    """Hold what came out against what is to come out."""
    assert (response, status) == (case.response, None if case.error is None else Status[case.error].code)
    assert application.requests == list(case.asked)
    assert chunks == list(case.sent)


async def test_a_case_in_this_process(case, application, autojump_clock):
    action, chunks, response, status = application.action, [], None, None
    try:
        async with action.stream(action.load_input(input_of(case))) as stream:
            async for chunk in stream:
                chunks.append(action.dump_chunk(chunk))
            response = action.dump_output(await stream.output())
    except GenkitError as exc:
        status = exc.status.code
    check(case, application, chunks, response, status)


async def test_a_case_that_is_not_streamed(case, application, autojump_clock):
    action, response, status = application.action, None, None
    try:
        response = action.dump_output(await action(action.load_input(input_of(case))))
    except GenkitError as exc:
        status = exc.status.code
    check(case, application, list(case.sent), response, status)


async def test_a_case_over_version_1(case, application, autojump_clock):
    async with open_runtime(application.registry) as runtime:
        reflection = Reflection(application.registry, RecordedTelemetry())
        app = ReflectionApp(reflection, runtime, ReflectionIdentity("4242"), lambda: None)
        body = json.dumps({"key": KEY, "input": input_of(case)}).encode()
        headers = {"host": "127.0.0.1:3100", **JSON_HEADERS}
        request = await AppRequest("/api/runAction", query="stream=true", headers=headers, parts=[body]).play(app)
    *lines, last = request.body.split(b"\n")
    final = json.loads(last)
    status = final.get("error", {}).get("code")
    check(case, application, [json.loads(line) for line in lines], final.get("result"), status)


@pytest.mark.io
async def test_a_case_over_version_2(case, application, tmp_path):
    async with open_socket_tool(application, RecordedTelemetry(), tmp_path) as developer:
        call = await developer.start(KEY, input=input_of(case), stream=True).wait_end()
    result, error = call.result or {}, call.error or {}
    check(case, application, call.chunks, result.get("result"), error.get("code"))


async def test_the_first_request_can_be_had_without_the_model(autojump_clock):
    case = GENERATING["tools"]
    application = Conversation(case.answers)
    options = {"model": "testModel", "prompt": "hi", "tools": ["testTool"], "config": {"temperature": 11}}
    generation = new_generation(application.registry, options)
    request = await request_of(application.registry, generation)
    assert codec_of(ModelRequest).dump(request) == case.asked[0]
    assert application.requests == []


async def test_a_registry_without_the_action_gets_one():
    registry = Registry()
    generation = new_generation(registry, {"model": scripted_model("done"), "prompt": "hi"})
    assert (await generate_of(registry, generation)).text == "done"
    assert registry.get(ActionKey("util", "generate")) is not None


async def test_names_are_looked_up_in_the_registry_of_the_call():
    application = Conversation([])
    child = application.registry.new_child()
    child.register(scripted_model("done", name="own"))
    assert (await generate_of(child, new_generation(child, {"model": "own"}))).text == "done"


async def test_the_action_is_listed():
    described = Conversation([]).action.describe()
    assert described["key"] == KEY
    assert described["inputSchema"]["required"] == ["messages"]
