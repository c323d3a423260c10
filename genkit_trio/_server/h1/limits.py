"""What one connection of HTTP/1.1 may cost, beside what `ServerLimits` says of any connection."""

import attrs


@attrs.frozen(kw_only=True)
class H1Limits:
    """The limits of a connection.

    Args:
      head: bytes of a request's head, without the empty line that ends it. Extensions and trailers of a body in
        chunks may take as many again.
      fields: headers of a request.
      ahead: bytes of a request's body that the application has not taken, or of requests behind the one that is
        answered; then the client is not read any further. There is no limit on the number of those requests: none of
        them is parsed before its turn.
      high_water: bytes of an answer that wait for the client before a sender does.
      read_rate: bytes per second that a client must take, on average over a write timeout, while some wait for it.
      writes_in_a_row: sends that the socket takes at once before other tasks get a turn.
    """

    head: int = 16 * 1024
    fields: int = 100
    ahead: int = 64 * 1024
    high_water: int = 64 * 1024
    read_rate: int = 1024
    writes_in_a_row: int = 16
