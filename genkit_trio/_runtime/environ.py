"""The environment variables that a runtime reads: what Genkit's CLI sets for the programs that it starts."""

import os
from collections.abc import Mapping

import attrs


def is_dev() -> bool:
    """Whether this is development: ``GENKIT_ENV=dev``, as Genkit's CLI sets it."""
    return os.environ.get("GENKIT_ENV") == "dev"


@attrs.frozen
class DevEnvironment:
    """What the environment says of the developer's tools."""

    telemetry_server: str | None
    """``GENKIT_TELEMETRY_SERVER``: where spans and log lines go. Given here, no tool can name another."""
    realtime_telemetry: bool
    """``GENKIT_ENABLE_REALTIME_TELEMETRY``: ``true`` sends spans when they start, too."""
    reflection_v2_server: str | None
    """``GENKIT_REFLECTION_V2_SERVER``: a tools server to connect to, in place of listening for one."""
    reflection_port: int | None
    """``GENKIT_REFLECTION_PORT``: the port to listen on, in place of the first free one from 3100."""
    runtime_id: str | None
    """``GENKIT_RUNTIME_ID``: what tools call this runtime, in place of process id and port."""


def dev_environment(environ: Mapping[str, str] = os.environ) -> DevEnvironment:
    """Read the environment; what is empty counts as not set.

    Raises:
      ValueError: if ``GENKIT_REFLECTION_PORT`` is no port.
    """
    return DevEnvironment(
        telemetry_server=environ.get("GENKIT_TELEMETRY_SERVER") or None,
        realtime_telemetry=environ.get("GENKIT_ENABLE_REALTIME_TELEMETRY") == "true",
        reflection_v2_server=environ.get("GENKIT_REFLECTION_V2_SERVER") or None,
        reflection_port=_port(environ.get("GENKIT_REFLECTION_PORT") or None),
        runtime_id=environ.get("GENKIT_RUNTIME_ID") or None,
    )


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535):
        raise ValueError(f"GENKIT_REFLECTION_PORT is {text[:20]!r}; set it to a port, 0 to 65535, or not at all")
    return int(text)
