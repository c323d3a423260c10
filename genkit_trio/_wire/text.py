"""Showing text that came from the network: escaped and of limited length."""

_MAX_SHOWN = 64


def quoted(text: str) -> str:
    """Give the text in quotes, in ASCII, cut after 64 characters."""
    return ascii(text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "...")


def plain(text: str) -> str:
    """Give the text as it is when it is short and printable ASCII, else as `quoted` does."""
    harmless = len(text) <= _MAX_SHOWN and text.isascii() and text.isprintable() and text
    return text if harmless else quoted(text)
