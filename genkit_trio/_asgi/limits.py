"""What a request may cost: the limits of an edge, with the contract's defaults."""

import math

import attrs


@attrs.frozen(kw_only=True)
class RequestLimits:
    """The limits of one request.

    Args:
      body: bytes of the request body.
      body_timeout: seconds in which the body must have arrived.
      write_timeout: seconds that the server may need to take one write; a client that reads slower has stalled.
      default_timeout: seconds for a run where neither the request nor the definition says how long.
      max_timeout: seconds that no run exceeds, whatever was asked for.
      cleanup_grace: seconds to bring out the last frame when the server itself is stopping.
    """

    body: int = 10 * 1024 * 1024
    body_timeout: float = 10.0
    write_timeout: float = 30.0
    default_timeout: float = 300.0
    max_timeout: float = 3600.0
    cleanup_grace: float = 5.0

    def timeout_of(self, requested: float | None, declared: float) -> float:
        """Return the seconds a run may take: the least of what was *requested*, *declared* and allowed (C7).

        Args:
          requested: what the request's header says, `None` without one.
          declared: the ``timeout=`` of the definition, `math.inf` without one.
        """
        if requested is None:
            return min(self.default_timeout if declared == math.inf else declared, self.max_timeout)
        return min(requested, declared, self.max_timeout)
