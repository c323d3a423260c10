import json
import os
import socket

import httpx2
import pytest
import trio

from genkit_trio import Genkit
from genkit_trio._runtime import open_runtime
from genkit_trio._server import ReflectionServer, reflection
from tests.e2e.tools import until


class App:
    """An application that remembers with what it was made, and answers nothing but the lifespan."""

    def __init__(self):
        self.runtime_id = ""

    def made_for(self, runtime, runtime_id, on_quit):
        self.runtime_id = runtime_id
        self.on_quit = on_quit
        return self

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    (tmp_path / "package.json").touch()
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    return tmp_path


def announced(project):
    return [json.loads(path.read_text()) for path in (project / ".genkit" / "runtimes").iterdir()]


async def reach(url: str) -> int:
    async with httpx2.AsyncClient(trust_env=False) as client:
        return (await client.get(url)).status_code


async def test_the_server_listens_when_the_file_is_there_and_both_go(project):
    app = App()
    async with open_runtime(Genkit().registry, [ReflectionServer(app.made_for, "127.0.0.1", None, None)]):
        [file] = announced(project)
        port = int(file["reflectionServerUrl"].rpartition(":")[2])
        assert 3100 <= port < 3200
        assert file["id"] == app.runtime_id == f"{os.getpid()}-{port}"
        assert await reach(file["reflectionServerUrl"]) == 204
    assert announced(project) == []
    with pytest.raises(httpx2.ConnectError):
        await reach(file["reflectionServerUrl"])


async def test_the_runtime_id_and_the_port_may_be_given(project):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = App()
    async with open_runtime(Genkit().registry, [ReflectionServer(app.made_for, "127.0.0.1", port, "mine")]):
        [file] = announced(project)
        assert (file["id"], file["reflectionServerUrl"]) == ("mine", f"http://127.0.0.1:{port}")


async def test_the_first_free_port_is_taken_and_without_one_it_is_an_error(monkeypatch, project):
    with socket.socket() as taken, socket.socket() as free:
        for each in (taken, free):
            each.bind(("127.0.0.1", 0))
        taken.listen()
        ports = (taken.getsockname()[1], free.getsockname()[1])
        free.close()
        monkeypatch.setattr(reflection, "PORTS", ports)
        async with open_runtime(Genkit().registry, [ReflectionServer(App().made_for, "127.0.0.1", None, None)]):
            assert announced(project)[0]["reflectionServerUrl"].endswith(f":{ports[1]}")
            with pytest.raises(OSError, match="in use"):
                async with open_runtime(Genkit().registry, [ReflectionServer(App().made_for, "127.0.0.1", None, None)]):
                    pass


async def test_when_a_tool_ends_the_api_the_runtime_goes_on(project):
    app = App()
    ai = Genkit()

    @ai.flow
    async def greet(name: str) -> str:
        return f"Hello, {name}!"

    async with open_runtime(ai.registry, [ReflectionServer(app.made_for, "127.0.0.1", 0, None)]):
        [file] = announced(project)
        app.on_quit()
        with trio.fail_after(5):
            await until(lambda: not announced(project))
            with pytest.raises(httpx2.ConnectError):
                while True:
                    await reach(file["reflectionServerUrl"])
        assert await greet("Ada") == "Hello, Ada!"


async def test_an_address_of_six_is_written_in_brackets(project):
    async with open_runtime(Genkit().registry, [ReflectionServer(App().made_for, "::1", 0, None)]):
        [file] = announced(project)
        assert file["reflectionServerUrl"].startswith("http://[::1]:")
        assert await reach(file["reflectionServerUrl"]) == 204
