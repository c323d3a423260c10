import json
import os
from pathlib import Path

import pytest

from genkit_trio._runtime import GENKIT_VERSION, RuntimeFile, announced, find_project_root
from genkit_trio._runtime.discovery import MARKERS, forget_runtimes

FILE = RuntimeFile("4242-3100", "http://127.0.0.1:3100")


def files(root: Path) -> list[Path]:
    return sorted((root / ".genkit").rglob("*")) if (root / ".genkit").exists() else []


@pytest.mark.parametrize("marker", MARKERS)
def test_the_nearest_directory_with_a_marker_is_the_root(tmp_path, marker):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / marker).touch()
    assert find_project_root(inner) == tmp_path
    (inner / marker).touch()
    assert find_project_root(inner) == inner


def test_without_a_marker_the_directory_itself_is_the_root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_project_root(Path()) == tmp_path


def test_the_root_of_the_file_system_is_not_looked_into():
    assert find_project_root(Path("/")) == Path("/")


def test_the_file_says_where_the_runtime_is_and_goes_with_the_block(tmp_path):
    with announced(FILE, tmp_path):
        [folder, path] = files(tmp_path)
        assert (folder, path.parent) == (tmp_path / ".genkit" / "runtimes", folder)
        content = json.loads(path.read_text())
        assert content.pop("timestamp").endswith("Z")
        assert content == {
            "id": "4242-3100",
            "pid": os.getpid(),
            "reflectionServerUrl": "http://127.0.0.1:3100",
            "genkitVersion": GENKIT_VERSION,
            "reflectionApiSpecVersion": 1,
        }
    assert files(tmp_path) == [folder]


def test_the_file_goes_when_the_block_fails(tmp_path):
    with pytest.raises(KeyboardInterrupt), announced(FILE, tmp_path):
        raise KeyboardInterrupt
    assert len(files(tmp_path)) == 1


def test_a_file_that_a_tool_has_removed_is_no_error(tmp_path):
    with announced(FILE, tmp_path):
        files(tmp_path)[-1].unlink()


@pytest.mark.parametrize("content", ['{"pid": 1}', "not json", "[]", "{}", "[" * 100_000, "\xff"])
def test_a_file_that_is_not_ours_any_more_is_left_alone(tmp_path, content):
    """A forked child leaves that of its parent alone."""
    with announced(FILE, tmp_path):
        path = files(tmp_path)[-1]
        path.write_text(content)
    assert path.read_text() == content


def test_an_end_without_finally_can_remove_the_files(tmp_path):
    with announced(FILE, tmp_path):
        forget_runtimes()
        assert len(files(tmp_path)) == 1
        forget_runtimes()


def test_an_id_of_the_users_own_makes_a_file_in_the_folder(tmp_path):
    with announced(RuntimeFile("../a b", "http://127.0.0.1:3100"), tmp_path):
        path = files(tmp_path)[-1]
        assert path.parent == tmp_path / ".genkit" / "runtimes"
        assert json.loads(path.read_text())["id"] == "../a b"


def test_a_project_that_cannot_be_written_to_is_said_and_no_error(tmp_path, caplog):
    (tmp_path / ".genkit").touch()
    with announced(FILE, tmp_path):
        assert "tools will not find this runtime, as its file cannot be written: " in caplog.text


def test_a_file_that_cannot_be_put_in_its_place_leaves_nothing_behind(tmp_path, monkeypatch, caplog):
    def refuse(half: Path, path: Path) -> None:
        raise OSError("no space")

    monkeypatch.setattr(Path, "replace", refuse)
    with announced(FILE, tmp_path):
        assert files(tmp_path) == [tmp_path / ".genkit" / "runtimes"]
    assert "no space" in caplog.text
