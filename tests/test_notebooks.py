"""The chapters are thin: rules that every notebook keeps, and that each runs by itself."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

from tests import shared

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = [
    *("00_direction", "01_facts", "02_customers", "03_change", "04_value", "06_activities"),
    "09_course",
]
REFUSED = {"Response", "ResponseCustomers", "Programmes"}  # the demo's hours cannot tell


def code(book) -> list:
    return [c for c in book.cells if c.cell_type == "code"]


@pytest.fixture(params=CHAPTERS, ids=lambda p: p.stem)
def book(request):
    return nbformat.read(request.param, as_version=4)


def test_the_chapters_are_all_there():
    assert [p.stem for p in CHAPTERS] == NAMES


def test_sound_committed_without_outputs_and_with_stable_ids(book):
    nbformat.validate(book)
    for cell in code(book):
        assert cell.outputs == [] and cell.execution_count is None
    ids = [c.id for c in book.cells]
    assert len(set(ids)) == len(ids)
    assert all(i.replace("-", "").isalpha() for i in ids)  # written by hand, not drawn anew
    assert book.metadata.kernelspec.name == "python3"


def test_a_question_first_as_title(book):
    first = book.cells[0]
    assert first.cell_type == "markdown"
    title = first.source.splitlines()[0]
    assert title.startswith("# ") and title.endswith("?")
    others = [c.source for c in book.cells[1:] if c.cell_type == "markdown"]
    assert not any(s.startswith("# ") for s in others)


def test_thin(book):
    for cell in code(book):
        lines = cell.source.splitlines()
        assert 0 < len(lines) < 5
        assert max(map(len, lines)) <= 100
        tree = ast.parse(cell.source)
        for node in ast.walk(tree):
            assert not isinstance(
                node, (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If)
            )
    imports = [c for c in code(book) if "import" in c.source]
    assert [c.source for c in imports] == ["import salesfact as sf"]


def test_one_tagged_parameters_cell_of_constants(book):
    tagged = [c for c in book.cells if "parameters" in c.metadata.get("tags", ())]
    assert len(tagged) == 1
    given = {}
    for node in ast.parse(tagged[0].source).body:
        assert isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        given[node.targets[0].id] = node.value.value
    assert {"client": "demo", "as_of": None, "language": None}.items() <= given.items()
    used = {n.id for c in code(book) for n in ast.walk(ast.parse(c.source)) if hasattr(n, "id")}
    assert set(given) <= used


def test_one_call_a_cell_and_only_public_ones(book):
    import salesfact as sf

    calls = 0
    for cell in code(book)[3:]:
        tree = ast.parse(cell.source)
        assert len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr)
        call = tree.body[0].value
        assert isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        assert call.func.value.id == "sf" and call.func.attr in dir(sf)
        calls += 1
    assert calls >= 1


def test_markdown_is_plain_text(book):
    for cell in book.cells:
        if cell.cell_type == "markdown":
            assert not set(cell.source) & set("<>{}$`|[]*")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_each_runs_by_itself_on_the_demo_client(name, demo, warm_crew, tmp_path):
    """In a fresh process, with nothing prepared but the demo; the first in a plain kernel."""
    from salesfact._result import MIME

    path = ROOT / "notebooks" / f"{name}.ipynb"
    if warm_crew is None or name == NAMES[0]:
        from nbclient import NotebookClient

        where = {"metadata": {"path": str(tmp_path)}}
        book = nbformat.read(path, as_version=4)
        NotebookClient(book, timeout=600, kernel_name="python3", resources=where).execute()
    else:
        out = tmp_path / "out.ipynb"
        with shared.lent(warm_crew) as crew_type, crew_type(1) as crew:
            crew.env["SALESFACT_CACHE"] = str(demo)
            job = {"path": str(path), "out": str(out), "parameters": {}, "cwd": str(tmp_path)}
            told = crew.chapter(job | {"kernel": crew.kernel, "timeout": 600})
        assert told["status"] == "done", told
        book = nbformat.read(out, as_version=4)
    shown = [o.data for c in code(book) for o in c.outputs if "data" in o]
    assert len(shown) == len(code(book)) - 3
    for data in shown:
        payload = data[MIME]
        assert payload["reading"]
        if payload["result"] == "FollowUp":  # the demo may have no earlier report
            continue
        assert "Traceback" not in data["text/html"]
        if payload["early"]:  # a client's notebook leaves out what stands by rep
            assert payload["result"] == "RutsBy"
            continue
        if payload["result"] in REFUSED - {"Response"}:
            assert payload["refused"]
            continue
        assert payload["refused"] == (payload["result"] in REFUSED)
        if payload["result"] not in ("ResponseChecks", "ResponseKinds", "RutsBy"):
            assert payload["picture"] and payload["headline"]
        # the demo's pilot is advised against: nobody is named as drawn
        assert bool(payload["table"]["cells"]) == (payload["result"] != "Pilot")
