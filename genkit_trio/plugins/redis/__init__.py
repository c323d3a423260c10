"""Redis and Valkey: what the processes of an application share. It needs the extra ``redis``."""

from .stream_store import RedisStreamStore as RedisStreamStore
from .work_queue import RedisWorkQueue as RedisWorkQueue

__all__ = ["RedisStreamStore", "RedisWorkQueue"]
