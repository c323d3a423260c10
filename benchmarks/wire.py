"""What it costs to read, write and frame values, and to register and describe actions; no I/O, no peers.

``python -m benchmarks wire`` prints microseconds of CPU time; with ``--check`` it fails where an aim is missed.
"""

import gc
import sys
from argparse import ArgumentParser
from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from time import process_time
from typing import Final, TypeVar

import attrs

from benchmarks.machine import machine, versions
from genkit_trio import Genkit, __version__
from genkit_trio._core import AnyAction
from genkit_trio._wire import Codec, codec_of, dumps, loads, message_frame, parse_flow_request, result_body

REPETITIONS: Final = 5
ACTIONS: Final = 200
"""Actions that are registered or described in one measurement: each can be only once."""
REGISTRATION_AIM: Final = 60.0

T = TypeVar("T")
Measurement = Callable[[], float]
"""Measures once, and returns microseconds per unit."""


@attrs.frozen
class Order:
    """A value of four fields."""

    id: int
    customer: str
    tags: list[str]
    total: float


@attrs.frozen
class Day:
    """A value with many values in it."""

    date: str
    orders: list[Order]


ORDER: Final = Order(7, "Ada", ["new", "paid"], 12.5)
DAY: Final = Day("2026-01-31", [ORDER] * 100)
TEXT: Final = "The quick brown fox jumps over the lazy dög. " * 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything, print it, and return the exit code."""
    parser = ArgumentParser(prog="python -m benchmarks wire", description="Measure values and actions.")
    parser.add_argument("--check", action="store_true", help="exit with 1 if an aim is missed")
    parser.add_argument("--seconds", type=float, default=0.05, help="CPU time of one measurement (%(default)s)")
    options = parser.parse_args(arguments)
    if not options.seconds > 0:
        parser.error("--seconds must be greater than 0")
    print(f"{machine()}\ngenkit_trio {__version__}, {versions('attrs', 'orjson')}")
    print(f"µs of CPU time, median of {REPETITIONS}\n")
    _print_value("str", codec_of(str), "Ada", options.seconds)
    _print_value("4 fields", codec_of(Order), ORDER, options.seconds)
    _print_value("100 × 4 fields", codec_of(Day), DAY, options.seconds)
    _print_frames(options.seconds)
    registration = [_print_registration("str", lambda: str), _print_registration("its own class", _new_class)]
    _print_description("its own class, first time", lambda: described(_new_class, before=False))
    _print_description("its own class, again", lambda: described(_new_class, before=True))
    return int(options.check and max(registration) > REGISTRATION_AIM)


def repeated(fn: Callable[[], object], seconds: float) -> Measurement:
    """Return a measurement of *fn*, called for *seconds* at least."""
    rounds = 1
    while (spent := _spent(fn, rounds)) < seconds / 2:
        rounds *= 2
    enough = max(1, round(rounds * seconds / spent))
    return lambda: _spent(fn, enough) / enough * 1e6


def registered(new_type: Callable[[], type]) -> float:
    """Register many actions, and return microseconds for one."""
    flow = Genkit().flow
    functions = [_new_function(new_type()) for _ in range(ACTIONS)]
    names = [f"flow_{number}" for number in range(ACTIONS)]
    gc.collect()
    start = process_time()
    for name, function in zip(names, functions, strict=True):
        flow(name=name)(function)
    return (process_time() - start) / ACTIONS * 1e6


def described(new_type: Callable[[], type], *, before: bool) -> float:
    """Describe many actions, which may have been described *before*, and return microseconds for one."""
    flow = Genkit().flow
    actions: list[AnyAction] = [flow(name=f"flow_{number}")(_new_function(new_type())) for number in range(ACTIONS)]
    if before:
        for action in actions:
            action.describe()
    gc.collect()
    start = process_time()
    for action in actions:
        action.describe()
    return (process_time() - start) / ACTIONS * 1e6


def _print_value(label: str, codec: Codec[T], value: T, seconds: float) -> None:
    data = codec.dump(value)
    text = dumps(data)
    _print(f"load {label}", repeated(lambda: codec.load(data), seconds))
    _print(f"dump {label}", repeated(lambda: codec.dump(value), seconds))
    _print(f"loads {label}, {len(text)} bytes", repeated(lambda: loads(text), seconds))
    _print(f"dumps {label}, {len(text)} bytes", repeated(lambda: dumps(data), seconds))


def _print_frames(seconds: float) -> None:
    payload = dumps(codec_of(Order).dump(ORDER))
    body = b'{"data":' + payload + b"}"
    _print("dumps of 900 characters, some not ASCII", repeated(lambda: dumps(TEXT), seconds))
    _print("frame of a chunk, already encoded", repeated(lambda: message_frame(payload), seconds))
    _print("body of a reply, already encoded", repeated(lambda: result_body(payload), seconds))
    _print("body of a request, 4 fields", repeated(lambda: parse_flow_request(body), seconds))


def _print_registration(label: str, new_type: Callable[[], type]) -> float:
    return _print(f"register a flow, {label}", lambda: registered(new_type), REGISTRATION_AIM)


def _print_description(label: str, measure: Measurement) -> None:
    _print(f"describe a flow, {label}", measure)


def _print(label: str, measure: Measurement, aim: float = 0) -> float:
    """Measure, print the median and return it."""
    cost = median(measure() for _ in range(REPETITIONS))
    note = f"  aim ≤ {aim:g} {'met' if cost <= aim else 'MISSED'}" if aim else ""
    print(f"{label:44} {cost:9.2f}{note}", flush=True)
    return cost


def _spent(fn: Callable[[], object], rounds: int) -> float:
    gc.collect()
    start = process_time()
    for _ in range(rounds):
        fn()
    return process_time() - start


def _new_class() -> type:
    return attrs.make_class("Order", {name: attrs.field(type=tp) for name, tp in Order.__annotations__.items()})


def _new_function(tp: type) -> Callable[[object], Awaitable[object]]:
    async def flow(value: object) -> object:
        return value

    flow.__annotations__ = {"value": tp, "return": tp}
    return flow


if __name__ == "__main__":
    sys.exit(main())
