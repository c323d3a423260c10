"""What type checkers infer of the public names: checked by mypy and pyright, never run."""
