"""Reaching other processes: tools servers and remote actions."""

from .connections import Connections as Connections
from .reflection_v2 import ReflectionClient as ReflectionClient
from .remote import RemoteAction as RemoteAction
from .remote_options import RemoteOptions as RemoteOptions

__all__ = ["Connections", "ReflectionClient", "RemoteAction", "RemoteOptions"]
