"""A client becomes one report: whole, truthful, the same each time."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pandas as pd
import pytest

from salesfact._code import _ENGINES
from salesfact._errors import ReportError, SettingsError
from salesfact._language import language
from salesfact.report import _crew, _run
from salesfact.report._cards import cards
from salesfact.report._crew import Crew
from salesfact.report._manifest import SCHEMA
from salesfact.report._run import make_report
from tests.small_client import REPS, chapter

ROOT = Path(__file__).parents[1]
RUN_LINE = re.compile(r'<p class="made">.*?</p>')


pytestmark = pytest.mark.usefixtures("lent")


@pytest.fixture(scope="module")
def client(small_run) -> Path:
    return small_run[0]


@pytest.fixture(scope="module")
def made(small_run):
    return small_run[1]


def test_a_report_is_whole(made, client):
    assert not made.failed
    assert [c["name"][:2] for c in made.chapters] == [
        "00",
        "01",
        "02",
        "03",
        "04",
        "06",
        "09",
        "pr",
        "pl",
    ]
    assert sorted(p.name for p in made.folder.iterdir()) == [
        "activities_template.xlsx",  # this client has no log of activities
        "manifest.json",
        "plan.json",
        "priorities.xlsx",
        "report.html",
        "results.json",
    ]
    assert made.page == client.parent / "reports" / "report.html"
    assert made.page.read_bytes() == (made.folder / "report.html").read_bytes()
    assert made.folder.name.startswith("2026-06-30_")
    page = made.page.read_text(encoding="utf-8")
    assert len(page.encode()) < 2_000_000
    assert 'lang="sv"' in page
    assert page.index("Provbolaget AB") < page.index("<nav")
    assert "salesfact report client.yml" in page
    assert str(client.parent) not in page
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", page)
    assert len(headings) == 8  # seven chapters, direction first, and how it was made


def test_a_chapter_whose_data_are_lacking_is_one_line(made):
    page = made.page.read_text(encoding="utf-8")
    found = [p for p in page.split('<section class="chapter') if "Vart går vår tid" in p[:400]]
    assert len(found) == 1
    section = found[0].split("</section>")[0]
    words = re.findall(r"<p[^>]*>(.*?)</p>", section, re.S)
    assert len(words) == 1
    assert "activities_template.xlsx" in words[0]
    for part in ("<article", "<details", "<table", "<figure", "<pre"):
        assert part not in section
    results = json.loads((made.folder / "results.json").read_text(encoding="utf-8"))
    assert not [r for r in results["results"] if "06" in str(r)]
    template = pd.read_excel(made.folder / "activities_template.xlsx", engine="calamine")
    assert len(template.columns) == 7


def test_results_follow_their_schema_and_hold_no_clock(made):
    text = (made.folder / "results.json").read_text(encoding="utf-8")
    content = json.loads(text)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(content, schema)
    assert {"Direction", "Quality", "Customers", "Bridge", "Rhythm"} <= set(content["results"])
    assert content["results"]["Quality"]["figures"]["rows_read"]["value"] > 1000
    assert not re.search(r"\d{2}:\d{2}", text)
    ranks = [p["rank"] for p in content["priorities"]]
    assert ranks == sorted(ranks)
    assert content["priorities"]


def test_the_plan_follows_its_schema_and_names_no_rep(made):
    from salesfact._advice import SCHEMA as PLAN

    text = (made.folder / "plan.json").read_text(encoding="utf-8")
    content, schema = json.loads(text), json.loads(PLAN.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(content, schema)
    listed = json.loads((made.folder / "results.json").read_text(encoding="utf-8"))["priorities"]
    assert [p["customer"] for p in content["advised"]] == [p["customer"] for p in listed]
    assert not re.search(r"\d{2}:\d{2}|Bergström|Ekdahl", text)


def test_the_manifest_tells_what_made_it(made):
    content = json.loads((made.folder / "manifest.json").read_text(encoding="utf-8"))
    assert content["command"] == "salesfact report client.yml"
    assert {c["status"] for c in content["chapters"]} == {"done"}
    assert {"salesfact", *_ENGINES} <= set(content["versions"])
    assert content["ledger"]["rows_read"] > 1000
    assert re.search(r"T\d\d:\d\d:\d\d", content["made"])


def test_the_same_facts_give_the_same_figures_and_page(made, client, tmp_path):
    """Elsewhere on disk, nothing cached, processes of its own, one core instead of all."""
    copy = tmp_path / "elsewhere" / "client"
    copy.mkdir(parents=True)
    for name in ("client.yml", "sales.csv"):
        shutil.copy(client.parent / name, copy / name)
    code = (
        "import os, sys; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from salesfact.report._run import make_report\n"
        "print(make_report(sys.argv[1], timeout=300).folder)"
    )
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("cores cannot be chosen here")
    done = subprocess.run(
        [sys.executable, "-c", code, str(copy)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    again = Path(done.stdout.strip())
    for name in ("results.json", "priorities.xlsx"):
        assert (again / name).read_bytes() == (made.folder / name).read_bytes(), name
    first, second = (
        RUN_LINE.sub("", (f / "report.html").read_text(encoding="utf-8"))
        for f in (made.folder, again)
    )
    assert first == second


def test_one_failed_chapter_is_marked_and_the_others_stand(client, tmp_path):
    chapters = tmp_path / "chapters"
    chapter(chapters, "00_first", "Riktning", "sf.direction(opened.facts)")
    chapter(chapters, "01_good", "Fakta", "sf.quality(opened.facts)")
    chapter(chapters, "02_bad", "Trasigt", "sf.customers(opened.facts)", "raise ValueError('x<y')")
    seen = []
    report = make_report(
        client, notebooks=chapters, out=tmp_path / "out", tell=lambda *a: seen.append(a)
    )
    assert [c["status"] for c in report.chapters] == ["done", "done", "failed", "done", "done"]
    assert ("02_bad", "failed") in seen
    page = report.page.read_text(encoding="utf-8")
    alert = page[page.index('class="alert"') : page.index('class="chapter')]
    assert "Trasigt" in alert
    assert "x&lt;y" in alert
    assert "ValueError" in page
    told = json.loads((report.folder / "manifest.json").read_text(encoding="utf-8"))["chapters"]
    assert [c["status"] for c in told] == ["done", "done", "failed"]
    results = json.loads((report.folder / "results.json").read_text(encoding="utf-8"))["results"]
    assert results["Customers"]["chapter"] == "02_bad"  # what was shown before the fault counts


def test_if_no_chapter_runs_there_is_no_report_and_the_last_one_stays(made, client, tmp_path):
    chapters = tmp_path / "chapters"
    chapter(chapters, "01_bad", "Trasigt", "1 / 0")
    before, runs = made.page.read_bytes(), set(made.folder.parent.iterdir())
    with pytest.raises(ReportError, match="ZeroDivisionError"):
        make_report(client, notebooks=chapters)
    assert made.page.read_bytes() == before
    assert set(made.folder.parent.iterdir()) == runs


def test_the_first_page_has_time_to_wait_for_the_others(tmp_path):
    limits = {}

    def run(job):
        limits[Path(job["path"]).stem] = job["timeout"]
        return {"status": "done", "error": None, "seconds": 0.0}

    names = ("00_first", "01_other")
    for name in names:
        chapter(tmp_path, name, "A", "1")
    facts = {"has": [], "file": "client.yml", "language": "en", "folder": str(tmp_path)}
    crew = SimpleNamespace(kernel="", chapter=run)
    declared = {name: {} for name in names}
    work = _run._Run(
        crew, facts, {"as_of": None}, tmp_path, [], declared, {}, 10.0, lambda *_: None
    )
    work.source = tmp_path
    for name in names:
        work._chapter(name)
    assert limits == {"00_first": 20.0, "01_other": 10.0}


def test_parameters_are_checked_before_anything_starts(client, monkeypatch):
    def never(*args):
        raise AssertionError("a process was started")

    monkeypatch.setattr(_run, "WarmCrew", never)
    monkeypatch.setattr(_run, "ColdCrew", never)
    given = [
        "monhts=6",
        "months=a year",
        "months=-3",
        "by=week",
        "horizon_months=abc",
        "client=x",
        "db_password=1",
        "a b=1",
        "months",
    ]
    with pytest.raises(SettingsError) as caught:
        make_report(client, parameters=given, as_of=None)
    text = str(caught.value)
    assert len(caught.value.faults) == len(given)
    assert "did you mean 'months'?" in text
    assert "'a year' is not allowed" in text
    assert "'-3' is not allowed" in text
    assert "a whole number from 1 to 120" in text
    assert "a whole number from 1 to 60, or none" in " ".join(text.split())
    assert "allowed: year, quarter, or none" in " ".join(text.split())
    assert "it is set by the command" in text and "use CLIENT" in text
    assert "environment variable" in text
    with pytest.raises(SettingsError, match="2026-09-30"):
        make_report(client, as_of="yesterday")
    with pytest.raises(SettingsError, match="no such file"):
        make_report(client.parent / "missing.yml")


def test_what_a_chapter_allows_must_be_sound(client, tmp_path):
    chapters = tmp_path / "chapters"
    for cell in ("n = 3  # allowed: 5 to 9", "n = 3  # allowed: 9 to 1", "n = 3  # allowed: ,"):
        chapter(chapters, "01_a", "A", "print(n)", parameters=cell)
        with pytest.raises(SettingsError, match="parameters cell cannot be read"):
            make_report(client, notebooks=chapters)


def test_language_day_and_periods_can_be_asked_for(client, tmp_path):
    """The first page compares the periods that the chapters compare."""
    chapters = tmp_path / "chapters"
    chapters.mkdir()
    for name in ("00_direction", "03_change"):
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", chapters)
    asked = {"parameters": ["months=5"], "language": "en", "as_of": "2026-03-31"}
    report = make_report(client, notebooks=chapters, out=tmp_path / "out", **asked)
    assert not report.failed
    results = json.loads((report.folder / "results.json").read_text(encoding="utf-8"))["results"]
    first, chapter_ = results["Direction"]["figures"], results["Bridge"]["figures"]
    assert results["Bridge"]["parameters"]["months"] == 5
    assert "Bridge-2" not in results
    assert first["revenue_now"] == chapter_["later"]
    assert first["revenue_change"] == chapter_["change"]
    page = report.page.read_text(encoding="utf-8")
    assert "over the last 5 months against the 5 before" in page
    assert "Revenue, latest period" in page
    assert "last 12 months" not in page.split('class="cards"')[1].split("</ul>")[0][:400]
    assert 'lang="en"' in page
    assert "Facts up to 31 March 2026" in page
    assert "--as-of 2026-03-31 --language en" in page
    assert report.folder.name.startswith("2026-03-31_")


@pytest.mark.parametrize(("money", "named"), [("margin", "Margin"), ("revenue", "Revenue")])
def test_a_tile_says_whether_it_is_margin_or_revenue(money, named):
    figures = {
        "horizon": {"value": 12, "unit": "count"},
        "expected": {"value": 5e6, "unit": "money"},
        "certain_at_stake": {"value": 4e5, "unit": "money"},
    }
    payload = {"result": "Direction", "figures": figures, "parameters": {"money": money}}
    labels = [card["label"] for card in cards(payload, "SEK", language("en"))]
    assert labels == [
        f"{named} at stake with customers to call",
        f"{named} expected, next 12 months",
    ]


def test_tiles_have_one_unit():
    figures = {
        "horizon": {"value": 12, "unit": "count"},
        "expected": {"value": 5e6, "low": 4.2e6, "high": 5.8e6, "unit": "money"},
        "certain_at_stake": {"value": 4e5, "unit": "money"},
        "silent": {"value": 3, "unit": "customers"},
        "fewer": {"value": 1, "unit": "customers"},
        "driver_amount": {"value": 3.0, "unit": "money"},  # in no tile
    }
    payload = {"result": "Direction", "figures": figures, "parameters": {"money": "margin"}}
    told = cards(payload, "USD", language("sv"))
    assert [c["value"].replace("\xa0", " ") for c in told] == ["0,40 MUSD", "5,00 MUSD"]
    assert "4,20\xa0MUSD" in told[1]["note"]


def test_a_parameter_reaches_its_chapter_as_text_never_as_code(client, tmp_path):
    chapters = tmp_path / "chapters"
    hostile = "\"\n1/0 #' \\"
    chapter(chapters, "01_a", "A", "print(sorted(word))", parameters='word = "x"\nn: int = 3')
    report = make_report(
        client, notebooks=chapters, out=tmp_path / "out", parameters={"word": hostile, "n": 4}
    )
    assert not report.failed
    page = report.page.read_text(encoding="utf-8")
    import html

    assert html.escape(str(sorted(hostile))) in page


def test_the_workbook_has_a_sheet_per_rep_and_no_sums(made):
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(made.folder / "priorities.xlsx"))
    assert set(REPS) <= set(book.sheet_names)
    everyone = book.get_sheet_by_name(book.sheet_names[0]).to_python()
    start = next(i for i, r in enumerate(everyone) if "Kundnummer" in r or "Customer number" in r)
    listed = [r for r in everyone[start + 1 :] if any(r)]
    parts = 0
    for name in book.sheet_names[1:]:
        rows = book.get_sheet_by_name(name).to_python()
        top = next(i for i, r in enumerate(rows) if r[0] == everyone[start][0])
        body = [r for r in rows[top + 1 :] if any(r)]
        assert all(r in listed for r in body)
        parts += len(body)
    assert parts == len(listed)  # each customer once; nothing below them


def test_nothing_in_the_clients_folder_is_imported(client, tmp_path):
    settings = shutil.copytree(client.parent, tmp_path / "klient") / "client.yml"
    mark = tmp_path / "ran"
    for name in ("yaml", "duckdb", "pandas", "ibis", "babel", "colorsys"):
        planted = settings.parent / f"{name}.py"
        planted.write_text(f"open({str(mark)!r}, 'w').close()\n", encoding="utf-8")
    chapters = tmp_path / "chapters"
    chapter(chapters, "01_x", "Fakta", "import colorsys, yaml", "sf.quality(opened.facts)")
    said = set()
    for cold in (False, True):
        report = make_report(settings, notebooks=chapters, cold=cold)
        assert not report.failed
        assert not mark.exists()
        said.add((report.folder / "results.json").read_bytes())
    assert len(said) == 1  # new processes find what forked ones find


def test_a_chapter_that_ends_itself_is_not_done(client, tmp_path):
    chapters = tmp_path / "chapters"
    chapter(chapters, "01_good", "Fakta", "sf.quality(opened.facts)")
    for name, ending in (("02_ends", "sys.exit()"), ("03_well", "sys.exit(0)")):
        chapter(chapters, name, "Slut", f"import sys; {ending}", "sf.customers(opened.facts)")
    report = make_report(client, notebooks=chapters, out=tmp_path / "out")
    found = {c["name"]: c["status"] for c in report.chapters}
    assert [found[n] for n in ("01_good", "02_ends", "03_well")] == ["done", "failed", "failed"]


def test_a_long_temporary_folder_is_no_obstacle(client, tmp_path, monkeypatch):
    long = tmp_path / ("a" * 90)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with Crew(1) as crew:
        assert len(os.fsencode(crew.folder / "drivers.new")) < 100  # a socket's path
    chapters = tmp_path / "chapters"
    chapter(chapters, "01_good", "Fakta", "sf.quality(opened.facts)")
    report = make_report(client, notebooks=chapters, out=tmp_path / "out")
    assert not report.failed


def test_a_place_that_cannot_be_written_is_told_before_any_work(client, tmp_path, monkeypatch):
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="utf-8")
    monkeypatch.setattr(_run, "WarmCrew", None)
    with pytest.raises(ReportError, match="nothing can be written there") as told:
        make_report(client, out=taken)
    assert f"--out {taken}" in str(told.value)


def test_every_file_that_was_read_is_named_with_its_hash(made):
    told = json.loads((made.folder / "manifest.json").read_text(encoding="utf-8"))["sources"]
    assert [s["file"] for s in told] == ["sales.csv"]
    assert len(told[0]["sha256_start"]) == 32
    assert told[0]["sha256_start"] in made.page.read_text(encoding="utf-8")


def test_a_damaged_result_is_a_failed_chapter_and_the_page_stands(client, tmp_path):
    chapters = tmp_path / "chapters"
    chapter(chapters, "01_good", "Fakta", "sf.quality(opened.facts)")
    show = "from IPython.display import display\ndisplay(data, raw=True)"
    for n, harm in enumerate(
        ('p["picture"] = "<sv"', 'p["table"]["keys"] = []', "del p['figures']")
    ):
        code = "from salesfact._result import MIME\np = sf.quality(opened.facts).payload()\n" + harm
        chapter(chapters, f"0{n + 2}_bad", f"Trasigt {n}", f"{code}\ndata = {{MIME: p}}\n{show}")
    report = make_report(client, notebooks=chapters, out=tmp_path / "out")
    assert [c["status"] for c in report.chapters] == ["done", *["failed"] * 3, "done", "done"]
    page = report.page.read_text(encoding="utf-8")
    alert = page[page.index('class="alert"') : page.index('class="chapter')]
    assert "Trasigt 0" in alert and "picture is no whole drawing" in alert
    told = json.loads((report.folder / "manifest.json").read_text(encoding="utf-8"))["chapters"]
    assert [c["error"] for c in told] == [None, *["DamagedResult"] * 3]
    results = json.loads((report.folder / "results.json").read_text(encoding="utf-8"))["results"]
    assert list(results) == ["Quality"]


def test_the_calculation_shows_the_parameters_once_as_they_were(client, tmp_path):
    chapters = tmp_path / "chapters"
    chapter(
        chapters, "01_a", "A", "print(n, word)", parameters='n = 3  # allowed: 1 to 9\nword = "x"'
    )
    report = make_report(client, notebooks=chapters, out=tmp_path / "out", parameters=["n=5"])
    page = report.page.read_text(encoding="utf-8")
    code = page[page.index('class="code"') :].split("</details>")[0]
    assert code.count("client =") == 1 and code.count("n = ") == 1
    assert "n = 5" in code and "word = " in code and "# Parameters" not in code


@pytest.mark.parametrize("group", ["DRIVING", "ANALYSIS"])  # at once, and after the facts
def test_if_the_warm_parents_die_the_work_is_done_in_new_processes(
    client, tmp_path, monkeypatch, group
):
    if not _run.can_fork():
        pytest.skip("warm processes need Linux")
    broken = tmp_path / "modules" / "dies_at_once.py"
    broken.parent.mkdir()
    late = "import time; time.sleep(1)\n" if group == "ANALYSIS" else ""
    broken.write_text(f"{late}raise SystemExit(3)\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{broken.parent}:{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setattr(_crew, group, ("dies_at_once",))
    monkeypatch.setattr(_run, "WarmCrew", _crew.WarmCrew)  # none lent
    chapters = tmp_path / "chapters"
    chapter(chapters, "01_good", "Fakta", "sf.quality(opened.facts)")
    seen = []
    report = make_report(
        client, notebooks=chapters, out=tmp_path / "out", tell=lambda *a: seen.append(a)
    )
    assert not report.failed
    assert ("warm processes", "cold") in seen
    told = json.loads((report.folder / "manifest.json").read_text(encoding="utf-8"))
    assert told["kernels"] == "salesfact-cold"


def test_a_report_made_elsewhere_finds_the_one_before(client, tmp_path):
    before, chapters = tmp_path / "before", tmp_path / "chapters"
    chapter(before, "01_a", "A", "sf.customers(opened.facts)")
    chapter(chapters, "00_a", "A", "sf.direction(opened.facts, opened.previous())")
    out = tmp_path / "out"
    make_report(client, notebooks=before, out=out, as_of="2026-03-31")
    for cold in (False, True):
        report = make_report(client, notebooks=chapters, out=out, cold=cold)
        page = report.page.read_text(encoding="utf-8")
        assert "Sedan förra rapporten (31 mars 2026)" in page, cold


def test_the_workbook_has_columns_to_work_in(made):
    from openpyxl import load_workbook

    book = load_workbook(made.folder / "priorities.xlsx")
    for sheet in book.worksheets:
        top = next(r for r in sheet.iter_rows() if r[0].value == "Kundnummer")
        heads = [c.value for c in top]
        assert heads[-3:] == ["Kontaktad", "Utfall", "Kommentar"]
        row = top[0].row
        assert sheet.freeze_panes.endswith(str(row + 1))
        last = sheet.max_row
        assert sheet.auto_filter.ref == f"A{row}:{top[-1].column_letter}{last}"
        rules = {v.type: v for v in sheet.data_validations.dataValidation}
        assert (
            str(rules["list"].sqref)
            == f"{top[-2].column_letter}{row + 1}:{top[-2].column_letter}{last}"
            or last == row + 1
        )
        assert "Har beställt" in rules["list"].formula1 and "Inte nådd" in rules["list"].formula1
        assert rules["date"].sqref
        money = sheet.cell(row + 1, heads.index(next(h for h in heads if "SEK" in h)) + 1)
        assert money.number_format == "#,##0"
        assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.fitToHeight == 0
        assert sheet.print_title_rows == f"${row}:${row}"
    at_stake = [
        p["at_stake"] for p in json.loads((made.folder / "results.json").read_text())["priorities"]
    ]
    first = book.worksheets[0]
    shown = [
        c.value
        for c in next(c for c in first.iter_cols(min_row=row) if "SEK" in str(c[0].value))[1:]
    ]
    assert shown == pytest.approx(at_stake)
    assert any(value != round(value) for value in shown)  # rounded for the eye alone
