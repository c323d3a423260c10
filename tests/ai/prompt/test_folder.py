"""Folders of ``.prompt`` files."""

import zipfile
from importlib import resources
from pathlib import Path

import pytest
import trio

from genkit_trio._ai.prompt.folder import PromptFolder, add_prompt_folder, read_folder
from genkit_trio._core import Registry
from genkit_trio._wire import ActionKey

pytestmark = pytest.mark.extra

FILES = {
    "hi.prompt": "---\ndescription: says hi\n---\nHi {{> card}}",
    "hi.formal.prompt": "Good day {{name}}",
    "hi.formal.de.prompt": "Guten Tag {{name}}",
    "mail/v1.0/reply.prompt": "Re: {{subject}}",
    "mail/_card.prompt": "---\nmodel: ignored\n---\n[{{name}}]",
    ".git/hidden.prompt": "---\nmodel: [\n---\n",
    "notes.txt": "{{",
}


def written(folder: Path, files=FILES) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def names_in(content) -> list[str]:
    return [file.full_name for file in content.prompts]


def test_files_are_prompts_variants_and_partials(tmp_path):
    content = read_folder(written(tmp_path))
    assert names_in(content) == ["hi.formal.de", "hi.formal", "hi", "mail/v1.0/reply"]
    assert [file.variant for file in content.prompts] == ["formal.de", "formal", None, None]
    assert content.partials == {"card": "[{{name}}]"}


@pytest.mark.parametrize("given", [str, Path])
def test_a_folder_is_a_path_of_any_form(tmp_path, given):
    assert len(read_folder(given(written(tmp_path))).prompts) == 4


def test_a_folder_is_among_the_resources_of_a_package(tmp_path):
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as archive:
        for name, text in FILES.items():
            archive.writestr(f"prompts/{name}", text)
    inside = zipfile.Path(tmp_path / "package.zip") / "prompts"
    assert names_in(read_folder(inside)) == ["hi.formal.de", "hi.formal", "hi", "mail/v1.0/reply"]
    assert names_in(read_folder(resources.files("tests.ai.prompt").joinpath("data"))) == ["greet"]


def test_names_may_begin_with_a_namespace(tmp_path):
    assert "acme/mail/v1.0/reply" in names_in(read_folder(written(tmp_path), "acme"))


def test_a_file_of_windows_is_read(tmp_path):
    (tmp_path / "hi.prompt").write_bytes(b"\xef\xbb\xbf---\r\nmodel: m\r\n---\r\nHi\r\n")
    [file] = read_folder(tmp_path).prompts
    assert (file.frontmatter.model, file.template) == ("m", "Hi")


@pytest.mark.parametrize(
    ("files", "error"),
    [
        (
            {"a/_card.prompt": "a", "b/_card.prompt": "b"},
            r"^there are two partials 'card' in '.*'; give one another name$",
        ),
        ({"bad.prompt": "---\nmodel: [\n---\n"}, r"^the frontmatter of '.*bad.prompt' is malformed at line 2"),
    ],
)
def test_a_folder_that_cannot_be_read_says_why(tmp_path, files, error):
    with pytest.raises(ValueError, match=error):
        read_folder(written(tmp_path, files))


def test_a_file_that_is_no_text_says_so(tmp_path):
    (tmp_path / "x.prompt").write_bytes(b"\xff")
    with pytest.raises(
        ValueError, match=r"x.prompt' is not UTF-8 text \(invalid start byte at byte 0\); save it as such$"
    ):
        read_folder(tmp_path)


def test_a_folder_that_does_not_exist_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_folder(tmp_path / "none")


async def test_a_folder_is_read_once_and_only_when_asked(tmp_path):
    registry = Registry()
    folder = PromptFolder(registry, tmp_path)
    written(tmp_path)
    assert await folder.resolve(ActionKey("model", "hi")) is None
    found = []

    async def ask():
        found.append(await folder.resolve(ActionKey("prompt", "hi.formal")))

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(ask)
    (tmp_path / "hi.formal.prompt").unlink()
    await ask()
    assert len({id(action) for action in found}) == 1
    assert found[0].definition.full_name == "hi.formal"
    assert await folder.resolve(ActionKey("prompt", "other")) is None


async def test_a_folder_that_could_not_be_read_is_tried_again(tmp_path):
    registry = Registry()
    folder = PromptFolder(registry, tmp_path)
    key = ActionKey("prompt", "hi")
    written(tmp_path, {"_card.prompt": "card", "hi.prompt": "Hi {{"})
    with pytest.raises(ValueError, match="cannot be read"):
        await folder.resolve(key)
    written(tmp_path, {"hi.prompt": "Hi {{> card}}"})
    assert (await folder.resolve(key)).key == key


async def test_a_registry_finds_and_lists_what_is_in_a_folder(tmp_path):
    registry = Registry()
    add_prompt_folder(registry, written(tmp_path))
    listed = await registry.new_child().describe_actions()
    assert sorted(key for key in listed if key.startswith("/prompt/")) == [
        "/prompt/hi",
        "/prompt/hi.formal",
        "/prompt/hi.formal.de",
        "/prompt/mail/v1.0/reply",
    ]
    assert listed["/executable-prompt/hi"]["description"] == "says hi"
    assert (await registry.resolve(ActionKey("executable-prompt", "hi"))).name == "hi"


async def test_a_folder_that_cannot_be_read_is_named_in_the_log(tmp_path, caplog):
    registry = Registry()
    add_prompt_folder(registry, tmp_path / "none")
    assert await registry.describe_actions() == {}
    assert f"prompt_dir {str(tmp_path / 'none')!r} could not list its actions" in caplog.text
