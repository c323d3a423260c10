"""How the classes of a protocol are spelled in JSON."""

from typing import Literal, TypeAlias

import attrs

Unknown: TypeAlias = Literal["ignore", "refuse", "keep"]


@attrs.frozen
class Wire:
    """How an attrs class is written, as its class attribute ``__wire__``.

    Attributes:
      names: keys as the attributes are written, or in camel case.
      none: whether a field whose default is None is written while it is None.
      unknown: whether keys that the class does not have are ignored, refused, or kept in its
        field ``extra``, from which they are written again.
    """

    names: Literal["as_written", "camel"] = "as_written"
    none: Literal["keep", "omit"] = "keep"
    unknown: Unknown = "ignore"
