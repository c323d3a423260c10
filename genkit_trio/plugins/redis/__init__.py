"""Redis and Valkey: what the processes of an application share. It needs the extra ``redis``."""

from .stream_store import RedisStreamStore as RedisStreamStore

__all__ = ["RedisStreamStore"]
