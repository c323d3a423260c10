"""Operations: answers that take longer than a call."""

from typing import Any

import attrs

from .error_data import ErrorData
from .value import Metadata, WireValue


@attrs.frozen(kw_only=True, repr=False)
class Operation(WireValue):
    """Work that goes on elsewhere, and how to ask after it.

    Attributes:
      id: what the one who does the work calls it.
      action: the key of the background model that started it.
      output: what came out, once it is done.
    """

    id: str
    action: str | None = None
    done: bool | None = None
    output: Any = None
    error: ErrorData | None = None
    metadata: Metadata | None = None
