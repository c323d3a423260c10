"""The environment variables that a runtime reads."""

import os


def is_dev() -> bool:
    """Whether this is development: ``GENKIT_ENV=dev``, as Genkit's CLI sets it."""
    return os.environ.get("GENKIT_ENV") == "dev"
