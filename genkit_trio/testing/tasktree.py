"""The tasks of a trio run as text: which there are, who owns whom, and where each of them waits."""

import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from types import FrameType
from typing import Final

import trio

WATCHDOG: Final = "genkit_trio watchdog"
UNSEEN: Final = frozenset({WATCHDOG, "<init>", "<TrioToken.run_sync_soon task>"})
"""The tasks that are there in every trio run, and are no part of what is looked at."""
_TRIO: Final = os.path.dirname(trio.__file__) + os.sep


def task_tree() -> str:
    """Return the tasks of the current trio run, each under the one that owns its nursery, with its stack.

    The innermost frame comes last; what trio does inside its own functions is left out. It may be called wherever
    trio runs, from an instrument too.
    """
    root = trio.lowlevel.current_root_task()
    return "" if root is None else "\n".join(_children_of(root, ""))


def _children_of(task: trio.lowlevel.Task, indent: str) -> Iterator[str]:
    for nursery in task.child_nurseries:
        mark = " (cancelled)" if nursery.cancel_scope.cancel_called else ""
        for child in sorted(nursery.child_tasks, key=_name_of):
            if child.name in UNSEEN:
                continue
            yield f"{indent}{child.name}{mark}"
            yield from (f"{indent}  | {place}" for place in _places_of(child.iter_await_frames()))
            yield from _children_of(child, indent + "    ")


def _places_of(frames: Iterable[tuple[FrameType, int]]) -> Iterator[str]:
    for is_trio, row in groupby(frames, key=_is_trio):
        for frame, line in row:
            name = frame.f_code.co_qualname
            if is_trio:
                yield f"trio's {name}"
                break
            yield f"{os.path.relpath(frame.f_code.co_filename)}:{line} in {name}"


def _is_trio(place: tuple[FrameType, int]) -> bool:
    return place[0].f_code.co_filename.startswith(_TRIO)


def _name_of(task: trio.lowlevel.Task) -> str:
    return task.name
