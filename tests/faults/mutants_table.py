"""The safeguards of the concurrency code: all tables together."""

from typing import Final

from tests.faults.mutant import Mutant
from tests.faults.mutants_answers import ANSWERS
from tests.faults.mutants_asgi import ASGI
from tests.faults.mutants_branches import BRANCHES
from tests.faults.mutants_core import CORE
from tests.faults.mutants_edges import EDGES
from tests.faults.mutants_hosts import HOSTS
from tests.faults.mutants_http1 import HTTP1
from tests.faults.mutants_http1_ends import HTTP1_ENDS
from tests.faults.mutants_redis import REDIS
from tests.faults.mutants_runtime import RUNTIME
from tests.faults.mutants_server import SERVER
from tests.faults.mutants_streams import STREAMS
from tests.faults.mutants_ways_out import WAYS_OUT

CALLS: Final = (*CORE, *STREAMS, *BRANCHES, *RUNTIME, *EDGES)
WIRES: Final = (*ASGI, *ANSWERS, *SERVER, *HTTP1, *HTTP1_ENDS, *WAYS_OUT, *HOSTS, *REDIS)
TABLE: Final[tuple[Mutant, ...]] = (*CALLS, *WIRES)
