"""Foreign hosts: blocking code and asyncio servers, and the trio run that lives beside them.

This is the only layer that knows of threads and of other event loops. It is imported by those who use it alone.
"""

from .guest import GuestApp as GuestApp
from .guest import asyncio_app as asyncio_app
from .portal import Portal as Portal
from .portal_life import open_portal as open_portal
from .thread_stream import ThreadStream as ThreadStream

__all__ = ["GuestApp", "Portal", "ThreadStream", "asyncio_app", "open_portal"]
