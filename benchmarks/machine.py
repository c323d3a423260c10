"""What a figure was measured on."""

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path


def machine() -> str:
    """Describe the interpreter, the processor, and how busy it is with other things."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    implementation = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{implementation} on {sys.platform}, {os.cpu_count()} × {_processor()}{load}"


def versions(*packages: str) -> str:
    """Name the installed versions of *packages*."""
    return ", ".join(f"{package} {version(package)}" for package in packages)


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
