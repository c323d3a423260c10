"""The package as source: the modules, their trees, and the names that they import."""

import ast
from collections.abc import Iterator
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "genkit_trio"
PUBLIC = ("abc", "asgi", "embedder", "evaluator", "hosts", "lowlevel", "middleware", "model", "retriever")


@attrs.frozen
class Module:
    """One source file."""

    path: Path

    def __str__(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @property
    def parts(self) -> tuple[str, ...]:
        """The dotted name: ``("genkit_trio", "_core", "run")``."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return parts[:-1] if parts[-1] == "__init__" else parts

    @property
    def layer(self) -> str:
        """The part of the package that it belongs to: ``_core``, ``cli``, ``_app``; empty for the package itself."""
        return self.parts[1] if len(self.parts) > 1 else ""

    def imports(self) -> Iterator[tuple[tuple[str, ...], str | None, int]]:
        """Yield the module imported from, the name taken from it, and the line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield tuple(alias.name.split(".")), None, node.lineno
            elif isinstance(node, ast.ImportFrom):
                source = (*self._start(node.level), *(node.module.split(".") if node.module else ()))
                for alias in node.names:
                    yield source, alias.name, node.lineno

    def _start(self, level: int) -> tuple[str, ...]:
        if not level:
            return ()
        package = self.parts if self.path.name == "__init__.py" else self.parts[:-1]
        return package[: len(package) - level + 1]


def modules(folder: Path = PACKAGE) -> list[Module]:
    """Every module below ``folder``, in the order of their paths; what npm installed is not ours."""
    return [Module(path) for path in sorted(folder.rglob("*.py")) if "node_modules" not in path.parts]


def exported(module: Module) -> set[str] | None:
    """The names in the module's ``__all__``, or None when it has none."""
    names: set[str] | None = None
    for node in ast.walk(module.tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            names = (names or set()) | _listed(module, node.value)
    return names


def _listed(module: Module, value: ast.expr) -> set[str]:
    """The names that ``__all__`` gets: written there, or those of a module beside it."""
    if isinstance(value, ast.Attribute):
        return exported(Module(module.path.with_name(f"{value.value.id}.py"))) or set()
    return set(ast.literal_eval(value))
