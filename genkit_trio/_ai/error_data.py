"""Errors inside values: what went wrong, said by a response instead of being raised."""

from typing import Any

import attrs

from .._wire import GenkitError, Status
from .value import WireValue


@attrs.frozen(kw_only=True, repr=False)
class ErrorData(WireValue):
    """What went wrong.

    Attributes:
      status: the name of a status; peers may have others than `Status` has.
    """

    message: str
    status: str | None = None
    details: Any = None

    def to_exception(self) -> GenkitError:
        """Make the exception that says the same; a status of the future is ``UNKNOWN``."""
        status = Status.__members__.get(self.status or "", Status.UNKNOWN)
        return GenkitError(status, self.message, details=self.details)
