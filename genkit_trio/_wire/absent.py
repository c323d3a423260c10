"""The difference between a value that is null and a value that is not there."""

import enum
from typing import Final


class Absent(enum.Enum):
    """The type of `ABSENT`, the mark for a key that is missing.

    ``{"data": null}`` and ``{}`` are different requests. A field of an attrs class may be
    annotated ``int | None | Absent``: while it is `ABSENT` its key is not written.
    """

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT
