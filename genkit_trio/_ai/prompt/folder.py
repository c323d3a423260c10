"""Folders of ``.prompt`` files, on the disk or among the resources of a package."""

import os
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, TypeAlias

import attrs
import trio

from ..._core import AnyAction, Registry, current_thread_limiter
from ..._wire import ActionKey, JsonValue
from .action import KINDS, actions_of
from .definition import FOLDERS, PromptDefinition, templates_of
from .dotprompt import read_source
from .file import PromptFile, read_prompt

Folder: TypeAlias = str | os.PathLike[str] | Traversable
"""Where ``.prompt`` files are: a path, or what `importlib.resources.files` gives."""

_SUFFIX: Final = ".prompt"


@attrs.frozen
class FolderContent:
    """What a folder holds, read but not yet known to a registry."""

    prompts: list[PromptFile]
    partials: Mapping[str, str]

    def define(self, registry: Registry) -> list[PromptDefinition]:
        """Make the prompts, and make the partials known to all templates of *registry*.

        Raises:
          ValueError: if a template cannot be read, or a partial has the name of another.
        """
        definitions = [file.define(registry) for file in self.prompts]
        templates_of(registry).define_partials(self.partials)
        return definitions


def read_folder(folder: Folder, namespace: str = "") -> FolderContent:
    """Read the ``.prompt`` files in *folder* and in the folders below it.

    ``greet.prompt`` is the prompt ``greet``, ``greet.formal.prompt`` its variant ``formal``, ``mail/greet.prompt`` the
    prompt ``mail/greet``; ``_card.prompt`` is the partial ``card``, whatever its folder. What has a name that begins
    with a dot is left out.

    Args:
      folder: where they are.
      namespace: what the names of the prompts begin with, before a slash.

    Raises:
      OSError: if it is no folder that can be read.
      ValueError: if a file is malformed, or two partials have the same name.
      RuntimeError: without the ``prompts`` extra.
    """
    root = Path(folder) if isinstance(folder, str | os.PathLike) else folder
    prompts: dict[str, PromptFile] = {}
    partials: dict[str, str] = {}
    for file, parents in _files_in(root, (namespace,) if namespace else ()):
        stem = file.name.removesuffix(_SUFFIX)
        source = _text_of(file)
        if stem.startswith("_"):
            if stem[1:] in partials:
                raise ValueError(f"there are two partials {stem[1:]!r} in {str(folder)!r}; give one another name")
            partials[stem[1:]] = read_source(source, str(file))[1]
            continue
        name, _, variant = stem.partition(".")
        prompt = read_prompt("/".join((*parents, name)), variant or None, source, str(file))
        prompts[prompt.full_name] = prompt
    return FolderContent(list(prompts.values()), partials)


def add_prompt_folder(registry: Registry, folder: Folder) -> None:
    """Let *registry* find the prompts in *folder*, which is read when a prompt is first asked for."""
    prompts = PromptFolder(registry, folder)
    registry.set_value(FOLDERS, str(folder), prompts)
    registry.add_source(prompts)


class PromptFolder:
    """The prompts of a folder, which is read when a prompt is first asked for: what ``Genkit(prompt_dir=…)`` adds.

    Args:
      registry: where the schemas, helpers and partials of the prompts are.
      folder: where the files are.
    """

    def __init__(self, registry: Registry, folder: Folder) -> None:
        self._registry: Final = registry
        self._folder: Final = folder
        self._lock: Final = trio.Lock()
        self._actions: dict[ActionKey, AnyAction] | None = None

    def __str__(self) -> str:
        return f"prompt_dir {str(self._folder)!r}"

    async def resolve(self, key: ActionKey) -> AnyAction | None:
        """Return the action *key* of a prompt; `None` if there is no such thing."""
        return (await self.read()).get(key) if key.kind in KINDS else None

    async def describe_actions(self) -> Mapping[str, Mapping[str, JsonValue]]:
        """Return the descriptions of the prompts' actions by key."""
        return {str(key): action.describe() for key, action in (await self.read()).items()}

    async def read(self) -> dict[ActionKey, AnyAction]:
        """Read the folder, if that was not done, and return the actions of its prompts.

        Raises:
          OSError: if it is no folder that can be read.
          ValueError: if a file is malformed, or a name is taken.
          RuntimeError: without the ``prompts`` extra.
        """
        # Several may ask at once; a failure is everybody's own, and the next one tries again.
        async with self._lock:
            if self._actions is None:
                read = partial(read_folder, self._folder)
                content = await trio.to_thread.run_sync(read, limiter=current_thread_limiter())
                definitions = content.define(self._registry)
                actions = [action for each in definitions for action in actions_of(self._registry, each)]
                self._actions = {action.key: action for action in actions}
            return self._actions


def _text_of(file: Traversable) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ValueError(
            f"{str(file)!r} is not UTF-8 text ({exc.reason} at byte {exc.start}); save it as such"
        ) from exc


def _files_in(folder: Traversable, parents: tuple[str, ...]) -> Iterator[tuple[Traversable, tuple[str, ...]]]:
    """Yield the files with the names of the folders above them, in the order of their names."""
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _files_in(entry, (*parents, entry.name))
        elif entry.name.endswith(_SUFFIX):
            yield entry, parents
