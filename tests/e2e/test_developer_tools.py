"""What `open_runtime` starts for the developer's tools, by the environment."""

import json
import logging
from functools import partial

import httpx2
import pytest
import trio

from genkit_trio import Genkit, open_runtime
from tests.e2e.tools import SocketTool, open_tools_server


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    for name in ("GENKIT_ENV", "GENKIT_REFLECTION_V2_SERVER", "GENKIT_TELEMETRY_SERVER", "GENKIT_RUNTIME_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GENKIT_REFLECTION_PORT", "0")
    return tmp_path


def announced(project):
    folder = project / ".genkit" / "runtimes"
    return [json.loads(path.read_text()) for path in folder.iterdir()] if folder.exists() else []


def application() -> Genkit:
    ai = Genkit()

    @ai.flow
    async def greet(name: str) -> str:
        return f"Hello, {name}!"

    return ai


async def test_nothing_is_started_outside_development(project):
    async with open_runtime(application()):
        assert announced(project) == []


async def test_in_development_tools_find_the_application_and_run_it(project, monkeypatch):
    monkeypatch.setenv("GENKIT_ENV", "dev")
    async with open_runtime(application()):
        [file] = announced(project)
        async with httpx2.AsyncClient(base_url=file["reflectionServerUrl"], trust_env=False) as client:
            assert (await client.get("/api/__health", params={"id": file["id"]})).status_code == 200
            answer = await client.post("/api/runAction", json={"key": "/flow/greet", "input": "Ada"})
            assert answer.json()["result"] == "Hello, Ada!"
    assert announced(project) == []


async def test_tools_may_be_asked_for_and_refused(project, monkeypatch):
    async with open_runtime(application(), reflection=True):
        assert len(announced(project)) == 1
    monkeypatch.setenv("GENKIT_ENV", "dev")
    async with open_runtime(application(), reflection=False):
        assert announced(project) == []


async def test_with_a_tools_server_the_runtime_connects_and_writes_no_file(project, monkeypatch):
    async with open_tools_server(SocketTool()) as (tool, url):
        monkeypatch.setenv("GENKIT_ENV", "dev")
        monkeypatch.setenv("GENKIT_REFLECTION_V2_SERVER", url)
        monkeypatch.setenv("GENKIT_RUNTIME_ID", "mine")
        async with open_runtime(application()):
            await tool.wait_for(lambda: tool.registrations)
            assert "/flow/greet" in await tool.actions()
    assert tool.registrations[0]["id"] == "mine"
    assert list(project.iterdir()) == [project / "pyproject.toml"]


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)])
async def test_listening_for_other_machines_is_said(host, warned, caplog):
    caplog.set_level(logging.WARNING)
    async with open_runtime(application(), reflection=True, reflection_host=host):
        said = [record.getMessage() for record in caplog.records if record.name == "genkit_trio"]
    assert said == (
        ["the reflection API listens on 0.0.0.0: whoever reaches it can run every action"] if warned else []
    )


async def test_a_telemetry_server_that_never_answers_costs_a_tool_a_quarter_of_a_second(project, monkeypatch, nursery):
    async def never_answer(stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    [listener] = await nursery.start(partial(trio.serve_tcp, never_answer, 0, host="127.0.0.1"))
    monkeypatch.setenv("GENKIT_ENV", "dev")
    monkeypatch.setenv("GENKIT_TELEMETRY_SERVER", f"http://127.0.0.1:{listener.socket.getsockname()[1]}")
    async with open_runtime(application()):
        [file] = announced(project)
        async with httpx2.AsyncClient(base_url=file["reflectionServerUrl"], trust_env=False) as client:
            await client.get("/api/__health")
            began = trio.current_time()
            answer = await client.post("/api/runAction", json={"key": "/flow/greet", "input": "Ada"})
            assert answer.json()["result"] == "Hello, Ada!"
            assert 0.24 <= trio.current_time() - began < 0.5


@pytest.mark.parametrize(("name", "value"), [("GENKIT_REFLECTION_PORT", "x"), ("GENKIT_REFLECTION_V2_SERVER", "x")])
def test_an_environment_that_cannot_be_is_refused_at_once(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=name):
        open_runtime(application(), reflection=True)
