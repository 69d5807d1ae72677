"""The workbook to fill in: read back as it is, its examples never counted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

import salesfact as sf
from salesfact import _cli
from salesfact._client import load_settings
from salesfact._effort import activity_days
from salesfact._init import init
from salesfact._open import open_client
from tests.test_activity_log import sales


def fill_in(path: Path, programme: str | None = "Kampanj A") -> None:
    """What a client writes below the two example rows."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for i, (customer, kind, minutes) in enumerate(
        [("00001", "Besök", 90), ("00002", "Samtal", 20), ("00001", "Besök", None)]
    ):
        row = [customer, dt.datetime(2026, 3, 10 + i), kind, "Bo Ek", minutes, None, programme]
        for j, value in enumerate(row, start=1):
            sheet.cell(row=4 + i, column=j, value=value)
    book.save(path)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_filled_template_is_understood_and_its_examples_are_not_counted(tmp_path, language):
    path = sf.activities_template(tmp_path, language=language)
    assert path.name == "activities_template.xlsx"
    fill_in(path)
    made = init([sales(tmp_path), path], out=tmp_path / "client")
    assert made.questions() == []
    facts = open_client(made.path).facts
    told = facts.ledger["activities"]
    assert (told["rows_read"], told["unmatched"]["rows"]) == (5, 0)
    assert [(r["code"], r["rows"]) for r in told["reasons"]] == [("example", 2)]
    days = activity_days(facts)
    assert days["customer"].tolist() == ["00001", "00001", "00002"]
    assert days["hours"].round(4).tolist()[::2] == [1.5, 0.3333]
    assert days["hours"].isna().tolist() == [False, True, False]
    assert days["programme"].unique().tolist() == ["Kampanj A"]


def test_a_column_of_programmes_is_kept_though_it_is_filled_in_later(tmp_path):
    path = sf.activities_template(tmp_path)
    fill_in(path, None)
    made = init([sales(tmp_path), path], out=tmp_path / "client")
    assert made.questions() == []
    assert "programme: Programme" in made.path.read_text(encoding="utf-8")
    days = activity_days(open_client(made.path).facts)
    assert len(days) == 3 and days["programme"].isna().all()
    fill_in(path)
    assert activity_days(open_client(made.path).facts)["programme"].notna().all()


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_settings_it_tells_are_right(tmp_path, language):
    import openpyxl

    path = sf.activities_template(tmp_path / "logg.xlsx", language=language)
    book = openpyxl.load_workbook(path)
    told = [str(r[0].value) for r in book.worksheets[1].iter_rows() if r[0].value]
    snippet = told[told.index("  activities:") :]
    head = init([sales(tmp_path)], out=tmp_path / "one").path.read_text(encoding="utf-8")
    (tmp_path / "client.yml").write_text(
        "\n".join([head.replace("../", ""), *snippet, ""]), encoding="utf-8"
    )
    log = load_settings(tmp_path).sources.activities
    assert log is not None and log.file == ["logg.xlsx"]
    fill_in(path)
    facts = open_client(tmp_path).facts
    assert facts.ledger["activities"]["buckets"][0]["rows"] == 3
    names = [c.value for c in book.worksheets[0][1]]
    assert names[0] == ("Kundnr" if language == "sv" else "Customer no")
    assert len(names) == 7


def test_the_same_bytes_each_time_and_nothing_is_overwritten(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = (sf.activities_template(tmp_path / n) for n in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    with pytest.raises(sf.SettingsError, match="would be lost"):
        sf.activities_template(one)
    with pytest.raises(sf.SettingsError, match="Excel workbook"):
        sf.activities_template(tmp_path / "a.csv")
    with pytest.raises(sf.SettingsError, match="no such folder"):
        sf.activities_template(tmp_path / "none" / "a.xlsx")


def test_the_command_writes_it_in_the_clients_language(tmp_path, monkeypatch, capsys):
    import openpyxl

    def run(*args: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            _cli._run(lambda: _cli.app(["template", *args], standalone_mode=False))
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out + err

    def first_sheet(path) -> str:
        return openpyxl.load_workbook(path).sheetnames[0]

    (tmp_path / "raw").mkdir()
    monkeypatch.chdir(tmp_path / "raw")
    assert run("activities", "--out", "none.xlsx")[0] == 0
    assert first_sheet("none.xlsx") == "Activities"  # nothing there says otherwise
    Path("none.xlsx").unlink()
    export = sales(tmp_path / "raw")  # a Swedish export alone, as before `init`
    code, told = run("activities")
    assert (code, told) == (0, "Mall: activities_template.xlsx\n")
    assert first_sheet("activities_template.xlsx") == "Aktiviteter"

    made = init([export], out=tmp_path / "client", language="sv")
    made.path.rename(made.path.with_name("acme.yml"))  # settings of any name, usable or not
    made.path.with_name("acme.yml").write_text("language: sv\nname: [\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    code, told = run("activities", "--out", "client")
    assert (code, told) == (0, "Mall: client/activities_template.xlsx\n")
    assert first_sheet("client/activities_template.xlsx") == "Aktiviteter"
    before = Path("client/activities_template.xlsx").read_bytes()
    code, told = run("activities", "--out", "client", "--language", "en")
    assert code == 1
    assert "would be lost" in told and "remedy: name another file, with --out" in told
    code, told = run("activities", "--out", "client")
    assert code == 1
    assert "skulle gå förlorat" in told and "åtgärd: ange en annan fil, med --out" in told
    assert Path("client/activities_template.xlsx").read_bytes() == before

    code, told = run("activities", "--out", "x.xlsx", "--language", "en")
    assert (code, told) == (0, "Template: x.xlsx\n")
    assert openpyxl.load_workbook("x.xlsx").sheetnames == ["Activities", "Explanation"]
    code, told = run("activities", "--out", "client/y.xlsx", "--language", "fi")
    assert code == 1
    assert "--language: det står 'fi'\n    tillåtet: sv, en" in told
    code, told = run("moon", "--out", "client/z.xlsx")
    assert code == 1
    assert "det finns ingen mall för moon\n    tillåtet: activities" in told
