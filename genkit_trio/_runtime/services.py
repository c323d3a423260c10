"""Services: tasks that live as long as the runtime, such as an exporter of spans."""

from typing import TYPE_CHECKING, Protocol

import trio

if TYPE_CHECKING:
    from .runtime import Runtime


class Service(Protocol):
    """An async function for `trio.Nursery.start`: the runtime starts it, waits until it is ready, and cancels it last.

    It outlives every run. If it raises, the runtime ends and raises the same.
    """

    async def __call__(  # noqa: ASYNC114  # started by the runtime alone
        self, runtime: "Runtime", /, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Serve *runtime* until cancelled; call ``task_status.started()`` when ready."""
