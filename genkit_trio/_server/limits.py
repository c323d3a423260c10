"""What a connection may cost, beside what Hypercorn's own configuration says."""

import attrs


@attrs.frozen(kw_only=True)
class ServerLimits:
    """The limits of a server.

    Args:
      header_timeout: seconds in which the head of a request must have arrived, from its first byte on.
      write_timeout: seconds that one write may take; a client that reads slower is cut off.
      linger: seconds that a connection which is being closed goes on discarding what the client still sends, so that
        the client gets to read the answer.
      max_connections: connections at once; one more is answered 503 and closed.
      cleanup_grace: seconds that requests get to end after they were cancelled, before their connections are cut.
    """

    header_timeout: float = 5.0
    write_timeout: float = 30.0
    linger: float = 1.0
    max_connections: int = 10_000
    cleanup_grace: float = 5.0
