"""``genkit-trio demo``: serves the pipeline, with a text file of the user's to digest."""

from importlib.util import find_spec
from pathlib import Path

import click

from ..options import ServeOptions
from ..serve import serve_forever
from .pipeline import ai, own_text


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 for any.")
def demo(file: Path | None, port: int) -> None:
    """Serve an example: a digest of any text.

    There are three flows: split, score (in a worker process), and digest, which needs both and streams what it
    chooses.

    FILE is the text that is digested when a request brings none; without it, a sample.
    """
    if find_spec("trio_parallel") is None:
        raise click.ClickException("the demo needs trio-parallel; install it with: pip install 'genkit-trio[process]'")
    if file is not None:
        own_text.set(file.read_text(encoding="utf-8", errors="replace"))
    serve_forever(ai, ServeOptions(port=port))
