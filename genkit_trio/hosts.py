"""Flows in programs of other kinds: blocking code, and servers that run on asyncio."""

from ._app import open_portal as open_portal
from ._hosts import GuestApp as GuestApp
from ._hosts import Portal as Portal
from ._hosts import ThreadStream as ThreadStream
from ._hosts import asyncio_app as asyncio_app

__all__ = ["GuestApp", "Portal", "ThreadStream", "asyncio_app", "open_portal"]
