"""The architecture, as far as import-linter cannot see it: doors, public modules, and where tasks start."""

import ast
import re

from tests.source import PACKAGE, PUBLIC, ROOT, Module, exported, modules

CONCURRENCY = ROOT / "docs" / "explanation" / "concurrency.md"


def test_a_layer_is_entered_by_its_door():
    assert [offence for module in modules() for offence in _past_the_door(module)] == []


def test_public_modules_hold_names_and_no_logic():
    public = [Module(PACKAGE / "__init__.py"), *(Module(PACKAGE / f"{name}.py") for name in PUBLIC)]
    logic = [
        f"{module}:{node.lineno}"
        for module in public
        if module.path.exists()
        for node in module.tree.body
        if not _is_re_export(node)
    ]
    assert logic == []


def test_tasks_start_where_the_documentation_says():
    listed = re.findall(r"^\| `(genkit_trio/[\w/]+\.py)`", CONCURRENCY.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [str(module) for module in modules() if _opens_a_nursery(module)]


def _past_the_door(module: Module) -> list[str]:
    """Imports from the inside of another layer, and of names that the other layer's door does not show."""
    found = []
    for source, name, line in module.imports():
        if source[0] == PACKAGE.name and not _is_open_to(module, source[1:], name):
            found.append(f"{module}:{line}: {'.'.join(source)} {name or ''}".rstrip())
    return found


def _is_open_to(module: Module, target: tuple[str, ...], name: str | None) -> bool:
    if not target:
        # The package itself is above every layer; what is built on top of it may use it as users do.
        return module.layer in ("cli", "plugins", "testing")
    if target[0] == module.layer:
        return True
    door = Module(PACKAGE / target[0] / "__init__.py")
    return len(target) == 1 and (not door.path.exists() or name in (exported(door) or ()))


def _is_re_export(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())) | ast.ImportFrom():
            return True
        case ast.Assign(targets=[ast.Name(id="__all__" | "_RENAMED")]) | ast.Import(names=[ast.alias(name="typing")]):
            return True
        case ast.FunctionDef(name="__getattr__" | "__dir__"):
            return True  # by which the rest is loaded when it is asked for
        case ast.If(test=ast.Attribute(attr="TYPE_CHECKING")):
            return all(_is_re_export(each) for each in (*node.body, *node.orelse))
        case _:
            return False


def _opens_a_nursery(module: Module) -> bool:
    return any(
        isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", None)) == "open_nursery"
        for node in ast.walk(module.tree)
    )
