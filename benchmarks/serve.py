"""What requests, chunks, idle streams and cancellations cost a server, side by side with others and the same flows.

``python -m benchmarks serve`` prints what each server process spent; with ``--check`` it fails where an aim is missed.
It needs Linux.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Final

import attrs

from benchmarks.environments import default_cache
from benchmarks.load import Exchanges, allowed_streams, disconnect, open_streams
from benchmarks.machine import machine
from benchmarks.servers import Program, Server, open_server, programs, secure_programs

OURS: Final = "genkit_trio"
ORDER: Final = {"id": 7, "customer": "Ada", "tags": ["new", "paid"], "total": 12.5}
CONNECTIONS: Final = 16
REQUESTS: Final = 800
CHUNKS: Final = 10_000
STREAMS: Final = 100
PACED: Final = 30
PACE: Final = {"count": 50, "pause": 0.01}
IDLE: Final = 5_000
DISCONNECTS: Final = 1_000
BESIDE: Final = 100
PACE_BESIDE: Final = {"count": 100_000, "pause": 0.05}
WARM_UP: Final = 100
PATIENCE: Final = 0.5
"""Seconds until a run that was not cancelled counts as one that never will be."""


@attrs.frozen
class Aim:
    """What ours may be at most: in the unit of the row, or as a multiple of what a peer's is."""

    most: float
    peer: str | None = None


@attrs.frozen
class Row:
    """A line of the table: a figure of each server, measured in turn with the others."""

    label: str
    measure: Callable[[Server], float]
    aims: tuple[Aim, ...] = ()


def request_cost(server: Server) -> float:
    """Return µs of CPU time per request, each on one of a few connections that stay."""
    with Exchanges(server, server.program.request("book", ORDER), CONNECTIONS) as exchanges:
        answers = exchanges.run(WARM_UP)
        assert all(b'"customer":"Ada"' in answer.replace(b": ", b":") for answer in answers)
        return _cost(server, exchanges, REQUESTS, REQUESTS)


def burst_cost(server: Server) -> float:
    """Return µs of CPU time per chunk of a stream that sends as fast as it can."""
    return _stream_cost(server, "burst", CHUNKS, streams=1, chunks=CHUNKS)


def bursts_cost(server: Server) -> float:
    """Return µs of CPU time per chunk of many short streams that do."""
    return _stream_cost(server, "burst", CHUNKS // STREAMS, streams=STREAMS, chunks=CHUNKS)


def yielding_cost(server: Server) -> float:
    """Return µs of CPU time per chunk of a stream that lets others run after each."""
    return _stream_cost(server, "yielding", CHUNKS, streams=1, chunks=CHUNKS)


def paced_cost(server: Server) -> float:
    """Return µs of CPU time per chunk of some streams that wait between their chunks."""
    return _stream_cost(server, "paced", PACE, streams=PACED, chunks=PACED * int(PACE["count"]))


REQUEST: Final = f"request, {CONNECTIONS} connections"
ROWS: Final = (
    Row(REQUEST, request_cost, (Aim(1 / 3, "reflection"), Aim(1 / 3, "fastapi"))),
    Row("chunk of a burst, 1 × 10,000", burst_cost, (Aim(0.1, "fastapi"),)),
    Row("chunk of a burst, 100 × 100", bursts_cost, (Aim(1 / 3, "fastapi"),)),
    Row("chunk, yielding, 1 × 10,000", yielding_cost, (Aim(1.0, "reflection"),)),
    Row("chunk, 10 ms apart, 30 × 50", paced_cost, (Aim(1.0, "fastapi"),)),
)
SECURE: Final = Row(f"{REQUEST}, TLS", request_cost, (Aim(1 / 3, "hypercorn"),))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything, print the table, and return the exit code."""
    options = _options(arguments)
    found = programs(options.cache)
    _print_head(found, options.repetitions)
    with ExitStack() as stack:
        servers = [stack.enter_context(open_server(program)) for program in found]
        met = [_measure_row(row, servers, options.repetitions) for row in ROWS]
        print(f"\nms from a disconnect to the run's cancellation, {DISCONNECTS} one at a time")
        met.extend(_measure_disconnects(servers, beside) for beside in (0, BESIDE))
    met.append(_measure_memory(found))
    met.append(_measure_secure(options.repetitions))
    if options.check and not all(met):
        print("\nan aim was missed", file=sys.stderr)
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks serve", description="Measure servers.")
    parser.add_argument("--check", action="store_true", help="exit with 1 if an aim is missed")
    parser.add_argument("--repetitions", type=int, default=11, help="measurements per server and row (%(default)s)")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where peers are installed (%(default)s)")
    options = parser.parse_args(arguments)
    if options.repetitions < 1:
        parser.error("--repetitions must be greater than 0")
    return options


def _print_head(found: Sequence[Program], repetitions: int) -> None:
    print(f"{machine()}\n")
    for program in found:
        print(f"{program.name:12} {program.about}")
    print(f"\nµs of the server's CPU time, median of {repetitions} in turn\n")
    _print_line("", [program.name for program in found])


def _measure_secure(repetitions: int) -> bool:
    """Measure and print the row with TLS, in which there is no peer, and return whether its aims are met."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        servers = [stack.enter_context(open_server(program)) for program in secure_programs(Path(folder))]
        if not servers:
            print("\nwithout openssl there is no certificate for TLS")
            return True
        print(f"\nµs of the server's CPU time, median of {repetitions} in turn")
        _print_line("", [server.program.name for server in servers])
        return _measure_row(SECURE, servers, repetitions)


def _measure_row(row: Row, servers: Sequence[Server], repetitions: int) -> bool:
    """Measure and print *row*, and return whether its aims are met."""
    for server in servers:
        row.measure(server)  # the first one is a cold server's
    rounds = [[row.measure(server) for server in servers] for _ in range(repetitions)]
    figures = [median(values) for values in zip(*rounds, strict=True)]
    return _print_row(row.label, servers, figures, row.aims)


def _measure_disconnects(servers: Sequence[Server], beside: int) -> bool:
    label = f"with {beside} streams beside" if beside else "on an idle server"
    p50: list[float | None] = []
    p99: list[float | None] = []
    for server in servers:
        with open_streams(server, server.program.request("paced", PACE_BESIDE, is_stream=True), beside):
            taken = _disconnects(server)
        p50.append(median(taken) if taken else None)
        p99.append(quantiles(taken, n=100)[98] if taken else None)
    # Aims are for the idle server; the other figures are there to be known.
    met = _print_row(f"{label}, p50", servers, p50, () if beside else (Aim(0.6),))
    return _print_row(f"{label}, p99", servers, p99, () if beside else (Aim(10),)) and met


def _disconnects(server: Server) -> list[float]:
    request = server.program.request("hold", 1, is_stream=True)
    taken: list[float] = []
    for _ in range(DISCONNECTS):
        passed = disconnect(server, request, PATIENCE)
        if passed is None:
            return []
        taken.append(passed)
    return taken


def _measure_memory(found: Sequence[Program]) -> bool:
    count = allowed_streams(IDLE)
    print(f"\nKiB of resident memory per idle stream, {count} at once, each in a new process")
    servers: list[Server] = []
    figures: list[float] = []
    for program in found:
        with open_server(program) as server:
            servers.append(server)
            figures.append(_memory_of_stream(server, count))
    return _print_row("an idle stream", servers, figures, (Aim(20),))


def _memory_of_stream(server: Server, count: int) -> float:
    request = server.program.request("idle", 1, is_stream=True)
    # What the first streams take is the program's own: modules, caches, pools.
    with open_streams(server, request, WARM_UP):
        before = server.resident()
        with open_streams(server, request, count):
            return (server.resident() - before) / count


def _stream_cost(server: Server, flow: str, data: object, *, streams: int, chunks: int) -> float:
    with Exchanges(server, server.program.request(flow, data, is_stream=True), streams) as exchanges:
        return _cost(server, exchanges, streams, chunks)


def _cost(server: Server, exchanges: Exchanges, requests: int, units: int) -> float:
    before = server.cpu()
    exchanges.run(requests)
    return (server.cpu() - before) / units * 1e6


def _print_row(label: str, servers: Sequence[Server], figures: Sequence[float | None], aims: Sequence[Aim]) -> bool:
    _print_line(label, ["never" if figure is None else f"{figure:.2f}" for figure in figures])
    of = dict(zip((server.program.name for server in servers), figures, strict=True))
    met = [_print_aim(aim, of[OURS], None if aim.peer is None else of[aim.peer]) for aim in aims]
    return all(met)


def _print_aim(aim: Aim, ours: float | None, theirs: float | None) -> bool:
    if ours is None:
        print("    aim: ours was not cancelled, MISSED")
        return False
    found = ours if theirs is None else ours / theirs
    of_peer = f" of {aim.peer}" if aim.peer else ""
    met = found <= aim.most
    print(f"    aim: at most {aim.most:.3g}{of_peer}; found {found:.2f}, {'met' if met else 'MISSED'}", flush=True)
    return met


def _print_line(label: str, cells: Sequence[str]) -> None:
    print(f"{label:34}" + "".join(f"{cell:>13}" for cell in cells), flush=True)


if __name__ == "__main__":
    sys.exit(main())
