"""Building a function per shape once, for shapes that may contain themselves."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeAlias

from .shapes import Shape

Hook: TypeAlias = Callable[[Any], Any]
_Hooks: TypeAlias = dict[Shape, Hook]


def once_per_shape(make: Callable[[Shape], Hook]) -> Callable[[Shape], Hook]:
    """Remember what `make` gives for each shape.

    A shape that is met again while its function is being made gets one that looks the function up
    when it is called. Results are published when the outermost one is complete, and what is
    unfinished belongs to one context, so that threads cannot see half of it.
    """
    made: _Hooks = {}
    unfinished: ContextVar[_Hooks | None] = ContextVar("unfinished", default=None)

    def find(shape: Shape) -> Hook:
        if shape in made:
            return made[shape]
        building = unfinished.get()
        if building is not None:
            return _made_inside(shape, building)
        building = _Hooks()
        token = unfinished.set(building)
        try:
            hook = _made_inside(shape, building)
        finally:
            unfinished.reset(token)
        made.update(building)
        return hook

    def _made_inside(shape: Shape, building: _Hooks) -> Hook:
        if shape not in building:
            building[shape] = lambda value: building[shape](value)
            building[shape] = make(shape)
        return building[shape]

    return find
