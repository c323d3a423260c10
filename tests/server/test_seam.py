"""What is built on in Hypercorn is what it was when it was built on.

A hash that differs means: read what has changed, mend the subclass, and write the new hash here.
"""

import hashlib
import inspect

import pytest
from hypercorn.protocol import ProtocolWrapper
from hypercorn.protocol.h2 import H2Protocol, StreamBuffer
from hypercorn.protocol.h11 import H11Protocol, H11WSConnection
from hypercorn.protocol.http_stream import HTTPStream
from hypercorn.protocol.ws_stream import WSStream
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.run import worker_serve
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext

HASHES = {
    worker_serve: "8dc8347a9fc357ca",
    TCPServer: "5593e38b83d3e22e",
    TaskGroup: "8467a3a16a7e8763",
    WorkerContext: "45885f0c0bd5bc9d",
    Lifespan: "7c58a46fd0717442",
    ProtocolWrapper: "caf949187e9b4a81",
    H11Protocol: "b32a61e0a8ca2127",
    H11WSConnection: "33372cf689429978",
    H2Protocol: "7257f8bafccaa2e5",
    StreamBuffer: "bc347b7c78068613",
    HTTPStream: "e0f656feb55ab89c",
    WSStream: "67434c428a1a3c04",
}


@pytest.mark.parametrize(("part", "expected"), HASHES.items(), ids=[part.__name__ for part in HASHES])
def test_hypercorn_is_as_it_was(part, expected):
    assert hashlib.sha256(inspect.getsource(part).encode()).hexdigest()[:16] == expected
