"""The ASGI extensions that our server offers and our applications use; others may do either.

Both are found in ``scope["extensions"]`` of a request, and spare an application what costs most of a short one: a
task, and a cancel scope with a deadline.
"""

from typing import Final

ON_DISCONNECT: Final = "genkit_trio.on_disconnect"
"""A function that takes a listener, and calls it when the client goes, at once if it has.

An application that uses it need not keep a task in ``receive()`` for as long as it answers.
"""
RECEIVE_NOWAIT: Final = "genkit_trio.receive_nowait"
"""A function that returns the next message if it is there, else `None`: a short body has come with its head."""
