"""What a connection may cost, beside what Hypercorn's own configuration says."""

import attrs


@attrs.frozen(kw_only=True)
class ServerLimits:
    """The limits of a server.

    Args:
      header_timeout: seconds in which the head of a request must have arrived, from its first byte on.
      body_timeout: seconds in which a body must bring 1 KiB each, or end, before the server answers 408; an application
        may have less patience. It stands still while the application does not take what has come. Of HTTP/1.1, by the
        fast class, alone.
      write_timeout: seconds that one write may take; a client that reads nothing for so long is cut off, and by the
        fast class one that reads less than 1 KiB in each of them. The kernel tells of room only when a part of its
        buffer is free, so what a client must read in that time is, for one that was fast before, up to a megabyte.
      linger: seconds that a connection which is being closed goes on discarding what the client still sends, so that
        the client gets to read the answer.
      max_connections: connections at once; one more is answered 503 and closed.
      cleanup_grace: seconds that requests get to end after they were cancelled, before their connections are cut.
    """

    header_timeout: float = 5.0
    body_timeout: float = 20.0
    write_timeout: float = 30.0
    linger: float = 1.0
    max_connections: int = 10_000
    cleanup_grace: float = 5.0
