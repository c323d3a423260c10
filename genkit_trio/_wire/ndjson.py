"""The lines of a streaming ``runAction`` reply.

The tool that reads them splits at newlines: a newline after the final object ends its process.
"""


def chunk_line(payload: bytes) -> bytes:
    """Give the line of one chunk, which is already encoded as JSON."""
    return payload + b"\n"


def final_object(payload: bytes) -> bytes:
    """Give the final object: the payload itself, since nothing may follow it."""
    return payload
