"""Reaching other processes: tools servers and remote actions."""

from .reflection_v2 import ReflectionClient as ReflectionClient

__all__ = ["ReflectionClient"]
