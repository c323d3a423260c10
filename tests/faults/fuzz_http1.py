"""Coverage-guided fuzzing of the codec of HTTP/1.1: ``python tests/faults/fuzz_http1.py --seconds 60``.

It begins with the rows of the parse table, and holds whatever comes of them to what `tests.server.h1.differential`
says: no exception, the same however it is cut, nothing that h11 reads differently. What breaks that is written to
``crash-*`` in the current directory, and the exit code is not 0.
"""

import argparse
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["genkit_trio._server.h1.codec", "h11"]):
    from tests.server.h1.differential import check
    from tests.server.h1.table import TABLE

LARGEST = 4096
WORDS = [
    "GET / HTTP/1.1\\x0d\\x0a",
    "POST / HTTP/1.1\\x0d\\x0ahost: test\\x0d\\x0a",
    "HTTP/1.0",
    "host: test\\x0d\\x0a",
    "content-length: 5\\x0d\\x0a",
    "transfer-encoding: chunked\\x0d\\x0a",
    "connection: close\\x0d\\x0a",
    "connection: keep-alive\\x0d\\x0a",
    "connection: upgrade\\x0d\\x0aupgrade: h2c\\x0d\\x0a",
    "expect: 100-continue\\x0d\\x0a",
    "0\\x0d\\x0a\\x0d\\x0a",
    "5\\x0d\\x0ahello\\x0d\\x0a",
    "\\x0d\\x0a\\x0d\\x0a",
    "PRI * HTTP/2.0",
    "CONNECT ",
    "http://test/",
]


def one_input(data: bytes) -> None:
    """Parse *data* whole, and cut where its checksum says."""
    chance = zlib.crc32(data)
    check(data, (chance & 0xFFF, chance >> 12 & 0xFFF, chance >> 20))


def main() -> None:
    """Fuzz for a time, in a process of its own: the fuzzer ends its process without cleaning up."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=60, help="how long to go on")
    parser.add_argument("--folder", type=Path, help="where the corpus is kept; by default it is not")
    options = parser.parse_args()
    if options.folder is not None:
        fuzz(options.folder, options.seconds)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--seconds", str(options.seconds), "--folder", folder]
        sys.exit(subprocess.run(command, check=False).returncode)


def fuzz(folder: Path, seconds: int) -> None:
    """Write what to begin with into *folder*, and fuzz."""
    corpus, words = folder / "corpus", folder / "words"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, row in enumerate(TABLE.values()):
        if len(row.data) <= LARGEST:
            (corpus / str(number)).write_bytes(row.data)
    words.write_text("".join(f'"{word}"\n' for word in WORDS), encoding="ascii")
    arguments = [f"-max_total_time={seconds}", f"-max_len={LARGEST}", f"-dict={words}"]
    atheris.Setup([sys.argv[0], *arguments, str(corpus)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
