"""The ASGI extension that our server offers and our applications use; others may do either."""

from typing import Final

ON_DISCONNECT: Final = "genkit_trio.on_disconnect"
"""In ``scope["extensions"]``: a function that takes a listener, and calls it when the client goes, at once if it has.

An application that uses it need not keep a task in ``receive()`` for as long as it answers.
"""
