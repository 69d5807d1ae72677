"""The house rules: who may import whom, what is heavy, what is public."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "salesfact"

# Order counts: a module may import only those listed before it (floors for the eye).
ORDER = [
    "_errors",
    "_language",
    "_said",
    "_new_workbook",
    "_style",
    "_pictures",
    "_plain",
    "_result",
    "_assets",
    "_code",
    "_yaml",
    "_source_settings",
    "_activity_settings",
    "_client",
    "_stats",
    "_ranges",
    "_compare",
    "_counted",
    "_maximum",
    "_nbd",
    "_bgnbd",
    "_bgnbd_ahead",
    "_pareto",
    "_lifetime",
    "_spend",
    "_synth",
    "_synth_lives",
    "_synth_drift",
    "_synth_response",
    "_synth_pilot",
    "_synth_ruts",
    "_concentrated",
    "_ppml",
    "_pooled",
    "_adstock",
    "_group_time",
    "_slopes",
    "_halves",
    "_rut_weight",
    "_shifts",
    "_pairing",
    "_sign_flips",
    "_identity",
    "_nordverk_words",
    "_nordverk_parameters",
    "_nordverk_time",
    "_nordverk_people",
    "_nordverk_effort",
    "_nordverk_extras",
    "_nordverk_sales",
    "_nordverk",
    "_nordverk_log",
    "_nordverk_print",
    "_nordverk_export",
    "_dialect",
    "_cells",
    "_archives",
    "_lines",
    "_odd",
    "_places",
    "_fields",
    "_views",
    "_numbers",
    "_streams",
    "_heads",
    "_text",
    "_columns",
    "_books",
    "_databases",
    "_files",
    "_cache",
    "_mapping",
    "_relations",
    "_joined",
    "_lookups",
    "_typed",
    "_activities",
    "_activity_template",
    "_double_booked",
    "_ledger",
    "_activity_ledger",
    "_activity_warnings",
    "_warnings",
    "_check_told",
    "_stray",
    "_checks",
    "_undone",
    "_people",
    "_balance",
    "_preparation",
    "_sources",
    "_aggregates",
    "_activity_table",
    "_engine",
    "_facts",
    "_effort",
    "_alone",
    "_store",
    "_knowable",
    "_origins",
    "_capacity",
    "_quality_picture",
    "_quality_tables",
    "_quality",
    "_headers",
    "_encoding",
    "_formats",
    "_shapes",
    "_layout",
    "_sniff",
    "_tables",
    "_survey",
    "_profile",
    "_joins",
    "_money",
    "_signs",
    "_roles",
    "_activity_log",
    "_draft",
    "_currency",
    "_understand",
    "_init",
    "_fitting",
    "_open",
    "_season",
    "_gaps",
    "_buying",
    "_invoicing",
    "_periods",
    "_customers_picture",
    "_customers_told",
    "_customers",
    "_bridge_picture",
    "_bridge_told",
    "_bridge",
    "_cohorts_told",
    "_cohorts",
    "_rhythm_picture",
    "_rhythm_told",
    "_rhythm",
    "_silence_reason",
    "_volume_drift",
    "_group_cells",
    "_lost_groups",
    "_price_drift",
    "_drift_picture",
    "_drift_told",
    "_drift",
    "_moving_told",
    "_moving",
    "_history",
    "_estimators",
    "_features",
    "_glm",
    "_looks",
    "_choice",
    "_topdown",
    "_value_picture",
    "_value_told",
    "_forecasts",
    "_value",
    "_outlook",
    "_calibration",
    "_effort_panel",
    "_ladder",
    "_timing",
    "_gates",
    "_pilot_outcome",
    "_pilot_log",
    "_pilot_power",
    "_pilot_record",
    "_pilot_picture",
    "_pilot_expected",
    "_pilot_words",
    "_pilot_told",
    "_pilot_tables",
    "_pilot_asked",
    "_pilot",
    "_pilot_result_told",
    "_pilot_result",
    "_response_picture",
    "_response_told",
    "_response_tables",
    "_response",
    "_marginal",
    "_rut_shares",
    "_ruts_picture",
    "_ruts_words",
    "_ruts_told",
    "_ruts",
    "_ruts_by",
    "_response_parts_told",
    "_response_parts",
    "_programmes_told",
    "_programmes",
    "_priorities_picture",
    "_priorities_words",
    "_priorities_told",
    "_priorities",
    "_trial",
    "_silences",
    "_course_picture",
    "_course_told",
    "_course",
    "_pairs_picture",
    "_promised",
    "_advice",
    "_followup_told",
    "_followup",
    "_direction_words",
    "_direction_told",
    "_direction",
    "report",
    "_command",
    "_pilot_cli",
    "_cli",
    "__main__",
]
# heavy or engine-bound library -> modules that may import it at all
ONLY = {
    "papermill": {"report"},
    "nbconvert": {"report"},
    "nbclient": {"report"},
    "xlsxwriter": {"report", "_activity_template"},
}
HEAVY = {
    "pandas",
    "numpy",
    "scipy",
    "matplotlib",
    "seaborn",
    "statsmodels",
    "ibis",
    "duckdb",
    "pyarrow",
    "pydantic",
    "babel",
}


def _modules() -> list[Path]:
    return sorted(
        p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py" or p.parent != PACKAGE
    )


def _room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


@dataclass(frozen=True)
class Source:
    """What a module's text shows.

    Parameters
    ----------
    doc : str
    imports : tuple
        (module, at run time) for each import; those under TYPE_CHECKING are not run.
    prints : bool
        Whether it calls `print`.
    """

    doc: str
    imports: tuple[tuple[str, bool], ...]
    prints: bool


@functools.cache
def _source(path: Path) -> Source:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    typing_only: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            typing_only.update(id(n) for part in node.body for n in ast.walk(part))
    found = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [(a.name, id(node) not in typing_only) for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            runs = id(node) not in typing_only
            if node.module == "salesfact":
                found += [(f"salesfact.{a.name}", runs) for a in node.names]
            else:
                found.append((node.module, runs))
    prints = any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "print"
        for n in nodes
    )
    return Source(ast.get_docstring(tree) or "", tuple(found), prints)


@pytest.mark.parametrize("path", _modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_downward_only(path):
    room = _room(path)
    assert room in ORDER, f"{room} has no place in the order"
    for module, runs in _source(path).imports:
        top = module.split(".")[0]
        if runs and top in ONLY:
            assert room in ONLY[top], f"{room} imports {top}"
        if runs and module.startswith("salesfact._") and not module.startswith("salesfact.__"):
            other = module.split(".")[1]
            assert other in ORDER, f"{other} has no place in the order"
            assert other == room or ORDER.index(other) < ORDER.index(room), f"{room} <- {other}"


@pytest.mark.parametrize("path", _modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_engine_stays_on_floor_one(path):
    room = _room(path)
    if room in ORDER and ORDER.index("_dialect") <= ORDER.index(room) < ORDER.index("_customers"):
        return
    names = {m for m, runs in _source(path).imports if runs}
    # the warm parent of the report loads every library once, and opens no connection
    assert "duckdb" not in names or path.name == "_fork.py"


def test_the_door_is_light():
    code = (
        "import sys, salesfact; dir(salesfact);"
        f"print(sorted(set(sys.modules) & {HEAVY | set(ONLY) | {'rich', 'typer'}!r}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_every_public_name_opens_and_no_module_shadows_a_function():
    code = (
        "import salesfact as sf\n"
        "names = [n for n in sf.__all__ if n != '__version__']\n"
        "first = {n: getattr(sf, n) for n in names}\n"
        "for n in names + names[::-1]:\n"
        "    assert getattr(sf, n) is first[n] and callable(first[n]), n\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stderr


def test_nothing_outside_the_command_line_prints():
    for path in _modules():
        if _room(path) == "_cli":
            continue
        assert not _source(path).prints, path.name


def test_no_local_path_or_host_is_written_anywhere():
    root = PACKAGE.parent
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    bad = ("/wo" + "rk/", "/ro" + "ot/", "file:" + "///", "pypi-" + "more", "index-" + "url")
    for name in listed.stdout.split("\0"):
        path = root / name
        if not name or not path.is_file() or path.suffix in {".png", ".gz", ".xlsx"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not [b for b in bad if b in text], name


FLOORS = {
    "_errors": "Floor 0: words, looks, settings, simulated worlds",
    "_dialect": "Floor 1: from raw exports to facts",
    "_periods": "Floor 2: who carries us, what changed, who went silent, what is moving",
    "_history": "Floor 3: what customers are worth",
    "_priorities_picture": "Floor 4: what to do first",
    "report": "Floor 5: the report and the command",
}
MAP = PACKAGE.parent / "docs" / "house.md"


def house_map() -> str:
    """Every room and the question it answers, in the order of imports."""
    lines = ["# The house", "", "One module per question; a module imports only those above it."]
    for room in ORDER:
        if room in FLOORS:
            lines += ["", f"## {FLOORS[room]}", "", "| room | question |", "|---|---|"]
        places = (
            [PACKAGE / f"{room}.py"] if room != "report" else sorted(PACKAGE.glob("report/*.py"))
        )
        for path in places:
            said = _source(path).doc
            name = path.relative_to(PACKAGE).with_suffix("").as_posix()
            first = said.split("\n\n")[0].replace("\n", " ").replace("|", "/")
            lines.append(f"| [`{name}`](../salesfact/{name}.py) | {first} |")
    return "\n".join(lines) + "\n"


def test_every_room_says_its_question_and_the_map_is_true():
    rooms = {_room(p) for p in _modules()}
    assert set(ORDER) == rooms
    assert MAP.read_text(encoding="utf-8") == house_map(), "run: python -m tests.test_house"


if __name__ == "__main__":
    MAP.write_text(house_map(), encoding="utf-8")
