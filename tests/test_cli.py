"""The command: clear messages, right exit codes, never a traceback."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import subprocess
import sys
from decimal import Decimal

import pytest
import typer
from rich.console import Console

from salesfact import _cli, _command, _pilot_cli, _pilot_words
from salesfact._check_told import fault_told
from salesfact._command import as_option, language_of, speak
from salesfact._errors import FactsError, Fault, SalesfactError, SourceError
from salesfact._language import language
from salesfact._pilot_told import Pilot
from salesfact._said import both, packed, said, tell, unpacked
from salesfact.report import _crew, _pilot_files, _server
from salesfact.report._progress import Progress, failure_told
from tests.small_client import make_client


@pytest.fixture
def run(capsys):
    def run(*args: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            _cli._run(lambda: _cli.app(list(args), standalone_mode=False))
        out, err = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, err

    return run


def test_help_and_version(run):
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("salesfact ")
    code, out, _ = run("--help")
    assert code == 0
    for command in ("init", "check", "report", "demo", "lab", "template", "schema", "pilot"):
        assert command in out


def test_a_pilot_is_planned_and_not_judged_before_its_end(run, tmp_path, monkeypatch):
    client = make_client(tmp_path / "c", customers=60)  # facts up to June 2026
    monkeypatch.setattr(_pilot_cli, "_today", lambda: dt.date(2026, 8, 20))
    given = ("pilot", str(client), "--months", "3", "--language", "en")
    code, out, _ = run(*given)
    assert code == 0
    assert out.startswith("Hold this pilot only if you expect extra hours to raise sales by")
    assert "over 3 months, from September 2026" in out
    assert "Effect that shows, by size and length:" in out
    (book,) = (tmp_path / "c" / "pilots").glob("*.xlsx")
    assert book.name == "pilot_2026-09.xlsx"
    code, out, _ = run("pilot-result", str(client), str(book), "--language", "en")
    assert code == 1
    assert "cannot be judged yet" in out
    text = tmp_path / "result.txt"
    judge = ("pilot-result", str(client), str(book), "--language", "en", "--out")
    assert run(*judge, str(text))[0] == 1
    assert not text.exists()  # there is nothing to write
    text.write_text("mine", encoding="utf-8")
    for name, why in ((text, "there is such a file already"), (book, "is written as a text")):
        code, out, err = run(*judge, str(name))
        assert (code, out) == (1, "")
        assert why in err and "remedy: " in err
    assert text.read_text(encoding="utf-8") == "mine"
    before = book.read_bytes()
    code, out, err = run(*given)
    assert (code, out) == (1, "")
    assert "there is pilot_2026-09.xlsx already, and its lots would be lost" in err
    assert "remedy: keep it" in err
    assert book.read_bytes() == before
    neighbour = tmp_path / "c" / "acme.yml"  # another client in the same folder
    neighbour.write_text((tmp_path / "c" / "client.yml").read_text("utf-8"), encoding="utf-8")
    code, _, _ = run("pilot", str(neighbour), *given[2:])
    assert code == 0
    assert [p.name for p in (tmp_path / "c" / "pilots" / "acme").glob("*.xlsx")] == [book.name]
    code, out, err = run(*given[:2], "--months", "0")  # what cannot be, before what is there
    assert "--months: 0" in err
    code, out, err = run(*given, "--wait-months", "1", "--out", str(tmp_path / "p.xlsx"))
    assert (code, out) == (1, "")
    assert "--wait-months: August 2026 has begun already" in err
    assert not (tmp_path / "p.xlsx").exists()
    monkeypatch.setattr(_pilot_cli, "_today", lambda: dt.date(2028, 1, 1))
    code, out, err = run(*given)
    assert (code, out) == (1, "")
    assert "the facts end on 2026-06-30, more than 12 months before" in err


def test_another_pilot_of_the_same_months_is_remarked_on(run, tmp_path, monkeypatch):
    client = make_client(tmp_path / "c", customers=60)
    monkeypatch.setattr(_pilot_cli, "_today", lambda: dt.date(2026, 8, 20))
    given = ("pilot", str(client), "--months", "3", "--language", "en", "--out")
    others = tmp_path / "c" / "pilots"
    others.mkdir()
    assert run(*given, str(others / "one.xlsx"))[2] == ""
    (others / "none.json").write_text("{", encoding="utf-8")
    code, _, err = run(*given, str(tmp_path / "two.xlsx"))
    assert code == 0
    assert err.count("\n") == 1
    assert "lots were drawn before, one.json, from September 2026 to November 2026" in err
    code, _, err = run(*given, str(tmp_path / "three.xlsx"), "--wait-months", "5")
    assert (code, err) == (0, "")  # after them


def test_lists_of_a_pilot_advised_against_are_written_only_if_asked_for(run, tmp_path, monkeypatch):
    client = make_client(tmp_path / "c", customers=60)
    monkeypatch.setattr(_pilot_cli, "_today", lambda: dt.date(2026, 7, 10))
    monkeypatch.setattr(Pilot, "advised_against", property(lambda self: True))
    monkeypatch.setattr(Pilot, "verdict", lambda self: [_pilot_words.AGAINST_NOTHING])
    given = ("pilot", str(client), "--months", "3")
    code, out, _ = run(*given)
    assert code == 1
    assert out.startswith("Vi avråder från försöket")
    assert "Inga listor skrivs. Vill ni ha dem ändå, lägg till --anyway." in out
    assert not (tmp_path / "c" / "pilots").exists()
    code, out, _ = run(*given, "--anyway")
    assert code == 0
    assert out.startswith("Vi avråder från försöket")
    assert len(list((tmp_path / "c" / "pilots").iterdir())) == 3


def test_a_pilots_faults_are_told_in_the_clients_language_before_it_is_planned(
    run, tmp_path, monkeypatch
):
    client = make_client(tmp_path / "c", customers=60)
    monkeypatch.setattr(_pilot_cli, "_today", lambda: dt.date(2026, 7, 10))
    for given, told, remedy in (
        (("--pairs", "999"), "--pairs: 999 begärdes, men bara ", "begär 8 till "),
        (("--exclude", "K999"), "--exclude: kunden K999 finns inte", "ange kundnummer"),
        (("--months", "0", "--hours", "0"), "--months: 0 går inte", "ange 1 till 24"),
        (("--hours", "1e9"), "--hours: 1000000000.0 går inte", "ange ett tal över 0 och högst 744"),
        (("--out", str(tmp_path / "no" / "p.xlsx")), "mappen finns inte", "skapa mappen"),
        (
            ("--out", str(tmp_path)),
            "ett försök är en Excelarbetsbok",
            "ange ett namn som slutar på .xlsx",
        ),
    ):
        code, out, err = run("pilot", str(client), *given)
        assert (code, out) == (1, ""), given
        assert err.startswith("Försöket kan inte planeras.\n")
        assert told in err
        assert f"åtgärd: {remedy}" in err
    neighbour = tmp_path / "c" / "acme.yml"
    neighbour.write_text((tmp_path / "c" / "client.yml").read_text("utf-8"), encoding="utf-8")
    assert run("pilot", str(neighbour), "--pairs", "999")[0] == 1
    assert not (tmp_path / "c" / "pilots").exists()

    def full(*_, **__):
        raise PermissionError

    with monkeypatch.context() as shut:
        shut.setattr(_pilot_files, "TemporaryFile", full)
        code, out, err = run("pilot", str(client), "--out", str(tmp_path / "p.xlsx"))
    assert (code, out) == (1, "")
    assert "arbetsboken går inte att skriva där" in err
    assert "åtgärd: ange med --out" in err
    code, out, err = run("pilot-result", str(client), str(tmp_path / "none.xlsx"))
    assert err.startswith("Försöket kan inte bedömas.\n")
    assert "filen finns inte" in err
    code, out, _ = run("pilot", str(client), "--months", "24")
    assert code == 1
    assert "går inte att planera ett försök på 24 månader" in out


def test_schemas_are_printed(run):
    for what, key in (("client", "sources"), ("results", "priorities"), ("plan", "advised")):
        code, out, _ = run("schema", what)
        assert code == 0
        assert key in json.loads(out)["properties"]
    code, _, err = run("schema", "moon")
    assert code == 1
    assert "client, results, plan" in err


def test_a_fault_is_one_message_and_no_traceback(run, tmp_path):
    code, _, err = run("report", str(tmp_path / "nothing.yml"))
    assert code == 1
    assert "there is no such file" in err
    assert "salesfact init" in err
    assert "Traceback" not in err


def test_bad_settings_are_told_with_their_line(run, tmp_path):
    client = make_client(tmp_path / "c")
    client.write_text(client.read_text(encoding="utf-8") + "colour: red\n", encoding="utf-8")
    code, _, err = run("report", str(client))
    assert code == 1
    assert "line 19, colour" in err or "colour" in err
    assert not (tmp_path / "c" / "reports").exists()
    code, _, err = run("check", str(client))
    assert code == 1
    assert "colour" in err


def test_check_prints_the_ledger_and_speaks_to_machines(run, tmp_path):
    client = make_client(tmp_path / "c")
    code, out, _ = run("check", str(client), "--language", "en")
    assert code == 0
    assert "accepted" in out
    assert "Facts up to 30 June 2026. The client is fit for a report." in out
    code, out, _ = run("check", str(client), "--json")
    assert code == 0
    told = json.loads(out)
    assert told["ok"] is True
    assert told["ledger"]["rows_read"] > 1000
    client.write_text("name: x\n", encoding="utf-8")
    code, out, _ = run("check", str(client), "--json")
    assert code == 1
    assert json.loads(out)["faults"]


def test_check_speaks_the_clients_language_from_end_to_end(run, tmp_path):
    client = make_client(tmp_path / "c")
    sales = tmp_path / "c" / "sales.csv"
    head, first, *rest = sales.read_text(encoding="utf-8").splitlines()
    at = head.split(";").index("datum")
    bad = [row.split(";") for row in rest[:100]]
    bad = [";".join([*row[:at], "okänt", *row[at + 1 :]]) for row in bad]
    sales.write_text("\n".join([head, first, first, *bad, *rest[100:], ""]), encoding="utf-8")
    client.write_text(client.read_text("utf-8").replace("vat: excluded", "vat: unknown"), "utf-8")
    code, out, _ = run("check", str(client))
    swedish = " ".join(out.replace("\u00a0", " ").split())
    assert code == 0
    assert "Varning: 100 av 1 941 rader är lagda åt sidan" in swedish
    assert "Varning: en rad är en exakt kopia av en tidigare och behålls" in swedish
    assert "det framgår inte om beloppen innehåller moms" in swedish
    assert "lagt åt sidan: datum som inte går att läsa SEK 100" in swedish
    assert "Fakta till och med 30 juni 2026." in swedish
    lone = r"\b(rows|the|money|Warning|set aside|accepted|Facts|whether)\b"
    assert not re.findall(lone, out.replace(str(tmp_path), ""))
    code, out, _ = run("check", str(client), "--language", "en")
    assert "Warning: 100 of 1,941 rows are set aside" in out
    assert "Warning: one row is an exact copy of an earlier one and is kept" in out
    # what machines read is the same in every language
    told = [
        json.loads(run("check", str(client), "--json", *x)[1]) for x in ((), ("--language", "en"))
    ]
    assert told[0] == told[1]
    assert any(w.startswith("100 of 1,941 rows are set aside") for w in told[0]["warnings"])
    code, _, err = run("check", str(client), "--language", "fi")
    assert code == 1
    assert "sv, en" in err


def test_facts_unfit_for_a_report_are_told_in_the_clients_language(run, tmp_path):
    client = make_client(tmp_path / "c")
    sales = tmp_path / "c" / "sales.csv"
    rows = sales.read_text(encoding="utf-8").splitlines()
    rows[1::2] = [re.sub(r"\d{4}-\d\d-\d\d", "okänt", row) for row in rows[1::2]]
    sales.write_text("\n".join([*rows, ""]), encoding="utf-8")
    code, out, err = run("check", str(client))
    assert code == 1
    assert "Underlaget räcker inte för en rapport." in out
    swedish = err.replace("\u00a0", " ")
    assert re.search(r"sources.sales: bara \d\d % av de läsbara pengarna är godkända", swedish)
    assert "mest går förlorat på grund av: datum som inte går att läsa" in swedish
    assert "åtgärd: se " in swedish
    assert "remedy" not in err
    code, out, err = run("check", str(client), "--language", "en")
    assert code == 1
    assert "The client is not fit for a report." in out
    assert "most is lost because of: a date that cannot be read" in err


def test_init_writes_settings_that_check_accepts(run, tmp_path, monkeypatch):
    make_client(tmp_path / "raw")
    monkeypatch.chdir(tmp_path)
    code, out, err = run("init", "raw/sales.csv", "--out", "client", "--currency", "SEK")
    assert code == 0, err
    assert "Så här tolkades filerna" in out
    code, out, err = run("check", "client")
    assert code == 0, err


def test_unexpected_errors_are_short_unless_asked(run, monkeypatch):
    def broken():
        raise KeyError("x")

    with pytest.raises(SystemExit) as ended:
        _cli._run(broken)
    assert ended.value.code == 1
    monkeypatch.setitem(_cli._state, "debug", True)
    with pytest.raises(KeyError):
        _cli._run(broken)


def test_ctrl_c_ends_with_a_line_that_says_what_stands(capsys):
    def stopped():
        raise KeyboardInterrupt

    for command in (stopped, lambda: _cli._STOPPED):  # as it comes, and as typer hands it on
        with pytest.raises(SystemExit) as ended:
            _cli._run(command)
        assert ended.value.code == 130
        assert "no report was made. The last good one, if any, stands." in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_has_a_remedy_every_command_knows(capsys):
    def full():
        raise PermissionError(13, "Permission denied", "/client/.salesfact")

    with pytest.raises(SystemExit):
        _cli._run(full)
    err = capsys.readouterr().err
    assert "/client/.salesfact: permission denied" in err
    assert "SALESFACT_CACHE=FOLDER" in err and "report --out FOLDER" in err


def test_all_faults_are_shown_at_once(capsys):
    def broken():
        raise SourceError(Fault("first", "a.csv"), Fault("second", "b.csv", "x", "y"))

    with pytest.raises(SystemExit):
        _cli._run(broken)
    err = capsys.readouterr().err
    assert "a.csv: first" in err
    assert "b.csv: second" in err
    assert "remedy:  y" in err


@pytest.mark.parametrize(
    ("error", "swedish", "english"),
    [
        (KeyboardInterrupt(), ["Avbrutet: ingen rapport gjordes."], "Stopped"),
        (
            PermissionError(13, "Permission denied", "/kund/.salesfact"),
            ["En fil eller mapp går inte", "/kund/.salesfact: åtkomst saknas", "åtgärd: kontroll"],
            "denied",
        ),
        (KeyError("x"), ["Oväntat fel (KeyError): 'x'", "Det är ett fel i salesfact"], "fault"),
    ],
)
def test_what_stops_a_command_is_told_in_its_language(capsys, error, swedish, english):
    def stopped():
        speak("sv")
        raise error

    with pytest.raises(SystemExit):
        _cli._run(stopped)
    err = capsys.readouterr().err
    assert all(text in err for text in swedish)
    assert english not in err


@pytest.mark.parametrize("known", [True, False])
def test_a_heading_and_its_faults_are_in_one_language(capsys, known):
    what = said("every sheet is empty") if known else "it is no sheet"

    def broken():
        with _command.told("sv"):
            raise SourceError(Fault(what, "a.xlsx"), Fault(said("every sheet is empty"), "b.xlsx"))

    with pytest.raises(typer.Exit):
        broken()
    err = capsys.readouterr().err
    assert ("En källa går inte att läsa." in err) is known
    assert ("alla blad är tomma" in err) is known
    assert ("A source cannot be read." in err) is not known


def test_errors_that_a_notebook_shows_speak_the_clients_language(tmp_path, monkeypatch):
    from salesfact._open import open_client

    class IPython:
        get_ipython = object

    facts = open_client(make_client(tmp_path / "c")).facts
    monkeypatch.setattr(SalesfactError, "written", SalesfactError.written)  # as it was, afterwards
    with pytest.raises(FactsError, match="customers have no attribute 'storlek'"):
        facts.attribute("storlek")
    monkeypatch.setitem(sys.modules, "IPython", IPython)
    facts = open_client(tmp_path / "c").facts
    with pytest.raises(FactsError, match="kunderna har ingen uppgift 'storlek'") as raised:
        facts.attribute("storlek")
    assert "åtgärd: ange den under sources: customers: columns:" in str(raised.value)


def test_progress_and_failed_parts_are_told_in_the_readers_language():
    out = io.StringIO()
    with Progress(Console(file=out, width=200), language("sv")) as progress:
        for part, how in (("facts", "start"), ("facts", "done"), ("02_bad", "timeout")):
            progress.tell(part, how)
    assert re.fullmatch(
        r"underlag: \.\.\.\nunderlag: klart \(\d,\d s\)\n02_bad: .*\n", out.getvalue()
    )
    assert out.getvalue().endswith("02_bad: tog för lång tid\n")
    ended = {"name": "Unfinished", "message": "the chapter ended before its last cell"}
    part = {"name": "02_bad", "status": "failed", "error": ended}
    assert (
        failure_told(part, language("sv"))
        == "02_bad: misslyckades. kapitlet tog slut före sin sista cell"
    )
    part["error"] = {"name": "KeyError", "message": "'x'"}
    assert failure_told(part, language("en")) == "02_bad: failed. KeyError: 'x'"
    part |= {"status": "killed", "error": {"name": "Killed", "message": ""}}
    assert failure_told(part, language("sv")) == "02_bad: avslutades"


def test_a_schema_that_is_none_is_told_in_the_language_of_the_folder(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for code, text in (
        ("sv", "det finns inget schema för 'x'"),
        ("en", "there is no schema of 'x'"),
    ):
        (tmp_path / "client.yml").write_text(f"language: {code}\n", encoding="utf-8")
        status, _, err = run("schema", "x")
        assert status == 1 and text in err and "client, results, plan" in err


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("Kundnr;Orderdatum;Artikel\nK1;2024-01-02;A\nK2;2024-01-03;B\n", "sv"),
        ("CustomerID;OrderDate;Article\nK1;2024-01-02;A\nK2;2024-01-03;B\n", "en"),
    ],
)
def test_init_tells_what_is_wrong_in_the_language_of_the_exports(run, tmp_path, rows, told):
    export = tmp_path / "export.csv"
    export.write_text(rows, encoding="utf-8")
    (tmp_path / "broken.xlsx").write_bytes(b"no workbook")
    for files in ([export], [tmp_path / "broken.xlsx", export], [tmp_path / "none.csv", export]):
        code, _, err = run("init", *map(str, files), "--out", str(tmp_path / "client"))
        assert code == 1
        assert ("En källa går inte att läsa." in err) is (told == "sv")
        assert ("A source cannot be read." in err) is (told == "en")
        assert ("allowed:" in err) is (told == "en")
        assert ("tillåtet:" in err) is (told == "sv")
    code, _, err = run("init", str(export), "--language", "en", "--out", str(tmp_path / "client"))
    assert code == 1 and "no column holds the amount" in err


def test_wrong_usage_is_told(run):
    code, _, err = run("report")
    assert code == 2
    assert "CLIENT" in err
    code, _, err = run("nonsense")
    assert code == 2


def test_lab_copies_translated_notebooks_once_and_sets_the_client(run, tmp_path):
    client = make_client(tmp_path / "c")
    code, _, err = run("lab", str(client), "--no-start")
    assert code == 0, err
    folder = tmp_path / "c" / "notebooks"
    first = folder / "00_direction.ipynb"
    text = first.read_text(encoding="utf-8")
    assert f'client = \\"{client.resolve().as_posix()}\\"' in text  # runs wherever it is moved
    first.write_text("{}", encoding="utf-8")  # an analyst's own work is never written over
    run("lab", str(client), "--no-start")
    assert first.read_text(encoding="utf-8") == "{}"
    kept = folder / "03_change.ipynb"
    mine = kept.read_text(encoding="utf-8").replace("months = 12", "months = 6")
    kept.write_text(mine, encoding="utf-8")
    moved = client.parent.rename(tmp_path / "moved")
    run("lab", str(moved), "--no-start")  # its copies name a place where it no longer is
    again = (moved / "notebooks" / "03_change.ipynb").read_text(encoding="utf-8")
    assert again == mine.replace(client.as_posix(), (moved / "client.yml").as_posix())
    assert "months = 6" in again and "# allowed: 1 to 120" in again


def test_help_loads_nothing_heavy():
    code = (
        "import sys\n"
        "sys.argv = ['salesfact', '--help']\n"
        "from salesfact import _cli\n"
        "try: _cli.main()\n"
        "except SystemExit: pass\n"
        "bad = {'pandas', 'duckdb', 'numpy', 'nbconvert', 'papermill', 'pydantic'}\n"
        "assert not bad & set(sys.modules), bad & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_language_of_settings_is_read_even_where_they_cannot_be_used(tmp_path):
    client = tmp_path / "acme.yml"
    client.write_text("name: [\nlanguage: 'sv'  # sv | en\nname: x\n", encoding="utf-8")
    assert language_of(client) == "sv"
    assert language_of(client, "en") == "en"
    assert language_of(client, "fi") == "sv"
    assert language_of(tmp_path) == "en"  # no client.yml there
    assert language_of("demo") == "sv"


@pytest.fixture
def swedish(tmp_path):
    made = make_client(tmp_path / "c", customers=20)  # facts up to June 2026
    assert "language: sv" in made.read_text("utf-8")
    return made


_WHEN = "--as-of: fakta slutar 2026-06-30; inget är känt fram till 2031-01-01"
_NO_DAY = "--as-of: det står 'i går'\n    tillåtet: en dag, som 2026-09-30"


@pytest.mark.parametrize(
    ("command", "day", "what"),
    [
        (("check",), "i går", _NO_DAY),
        (("check",), "2031-01-01", _WHEN),
        (("report",), "i går", _NO_DAY),  # any other day is told by a worker: see below
        (("pilot",), "i går", _NO_DAY),
        (("pilot",), "2031-01-01", _WHEN),
        (("pilot-result", "x.xlsx"), "2031-01-01", _WHEN),
    ],
)
def test_a_day_that_cannot_be_is_told_as_the_option_in_the_clients_language(
    run, swedish, command, day, what
):
    name, *more = command
    code, out, err = run(name, str(swedish), *more, "--as-of", day)
    assert (code, out) == (1, "")
    assert what in err
    assert "allowed" not in err
    assert "remedy" not in err


def test_a_worker_tells_its_faults_so_that_they_can_be_told_again(swedish, tmp_path):
    job = {"client": str(swedish), "as_of": "2031-01-01", "words": str(tmp_path / "w.json")}
    answer = _server.call("salesfact.report._prepare:prepare", job)
    with pytest.raises(FactsError) as caught:
        _crew._answer(json.loads(json.dumps(answer)))
    (fault,) = caught.value.faults
    assert str(fault).startswith("as_of: the facts end on 2026-06-30; nothing is known up to 2031")
    sv = fault_told(as_option(fault, ["as_of"]), language("sv"))
    assert sv.splitlines() == [
        "--as-of: fakta slutar 2026-06-30; inget är känt fram till 2031-01-01",
        "    tillåtet: 2024-01-02 till 2026-06-30",
        "    åtgärd: välj en tidigare dag, eller lägg till de senare raderna",
    ]
    text = both(said("{n} rows", n=1234), said("in {a}", a=Decimal("1234.50")), "as it is")
    again = unpacked(json.loads(json.dumps(packed(text))))
    assert (again, tell(again, language("sv"))) == (text, tell(text, language("sv")))


def test_what_is_wrong_in_the_settings_is_told_in_their_language(run, swedish):
    text = swedish.read_text("utf-8")
    for wrong, told in (
        (text.replace("currency: SEK", "currency: kr"), "det står 'kr'\n    tillåtet: tre stora"),
        (text + "colour: red\n", "colour: nyckeln 'colour' finns inte\n    tillåtet: name, "),
        (text + "language: sv\n", "nyckeln står två gånger"),
        (text.replace("sales.csv", "none.csv"), "filen hittades inte: none.csv\n    åtgärd: sökv"),
        (
            text + "  activities:\n    file: Logg.xlsx\n"
            "    columns: {customer: A, date: B, kind: C}\n",
            "sources.activities.file: filen hittades inte: Logg.xlsx",
        ),
        (text + "  activities: {file: sales.csv, columns: {customer: Kund}}\n", "kind: saknas"),
    ):
        swedish.write_text(wrong, encoding="utf-8")
        for command in ("check", "pilot"):
            code, out, err = run(command, str(swedish))
            assert (code, out) == (1, ""), told
            assert told in err
            assert ", line " not in err
            assert "allowed" not in err
            assert "remedy" not in err
