"""What all values of the AI protocol have in common."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias, TypeGuard

import attrs

from .._wire import JsonValue, Wire

Number: TypeAlias = int | float
"""A number as JSON has them: a peer may write ``3`` as ``3.0``."""

Metadata: TypeAlias = Mapping[str, Any]
"""What travels with a value and is not looked at."""


@attrs.frozen(kw_only=True, repr=False)
class WireValue:
    """A value of Genkit's protocol: camel case in JSON, what is None is not written.

    Attributes:
      extra: what a newer peer has put beside the known keys; it is written again.
    """

    __wire__: ClassVar[Wire] = Wire(names="camel", none="omit", unknown="keep")

    extra: Mapping[str, JsonValue] = attrs.field(factory=dict[str, JsonValue])

    def __repr__(self) -> str:
        cls = type(self)
        values = [(field.name, getattr(self, field.name)) for field in attrs.fields(cls) if field.repr]
        shown = [f"{name}={value!r}" for name, value in values if value is not None and (value or name != "extra")]
        return f"{cls.__name__}({', '.join(shown)})"


def is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Tell whether *value*, which comes from JSON, is an object of it."""
    return isinstance(value, Mapping)
