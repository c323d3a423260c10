"""Finding an application by ``module:attribute``."""

import importlib
import sys

import pytest

from genkit_trio.cli.target import TargetError, load_genkit
from tests.cli import shop

pytestmark = pytest.mark.extra


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory; modules that are imported from it are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "modules", {**sys.modules})
    return tmp_path


def test_a_target_names_a_module_and_an_attribute():
    assert load_genkit("tests.cli.shop:ai") is shop.ai


def test_the_working_directory_is_looked_in_first(here):
    (here / "kiosk.py").write_text("import genkit_trio\nclass app:\n    ai = genkit_trio.Genkit()\n")
    assert load_genkit("kiosk:app.ai") is importlib.import_module("kiosk").app.ai


@pytest.mark.parametrize("text", ["shop", "shop:", ":ai", ""])
def test_a_target_without_both_parts_is_refused(text):
    with pytest.raises(TargetError, match=r"is not module:attribute; write it like 'shop:ai'$"):
        load_genkit(text)


@pytest.mark.parametrize("name", ["kiosk", "kiosk.night", "tests.cli.kiosk"])
def test_a_module_that_is_not_there_is_named(here, name):
    with pytest.raises(TargetError, match=r"^there is no module '[\w.]*kiosk' in "):
        load_genkit(f"{name}:ai")


def test_a_module_that_lacks_another_one_shows_its_own_traceback(here):
    (here / "kiosk.py").write_text("import newspapers\n")
    with pytest.raises(ModuleNotFoundError, match="newspapers"):
        load_genkit("kiosk:ai")


def test_an_attribute_that_is_not_there_gets_a_suggestion():
    with pytest.raises(TargetError, match=r"has no attribute 'app'; did you mean 'tests.cli.shop:ai'\?$"):
        load_genkit("tests.cli.shop:app")


def test_an_attribute_that_is_something_else_gets_a_suggestion():
    with pytest.raises(TargetError, match=r"is of type 'object', not a Genkit; did you mean 'tests.cli.shop:ai'\?$"):
        load_genkit("tests.cli.shop:till")


def test_a_module_without_an_application_is_told_how_to_make_one():
    with pytest.raises(TargetError, match=r"has no attribute 'ai'; make one there: ai = Genkit\(\)$"):
        load_genkit("tests.source:ai")


def test_a_wrong_target_is_a_usage_error(invoke):
    done = invoke("list", "tests.cli.shop:app")
    assert done.exit_code == 2
    assert "did you mean 'tests.cli.shop:ai'?" in done.stderr
