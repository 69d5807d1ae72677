"""One call opens a client: as of which day, in which words, with which last report."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from salesfact._code import imported_by
from salesfact._errors import FactsError, SettingsError
from salesfact._open import check, open_client

TEXT = """\
name: Small
language: sv
currency: SEK
sources:
  sales:
    file: a.csv
    columns: {customer: k, date: d, amount: a}
  customers:
    file: people.csv
    columns: {customer: k, name: n, segment: s}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "client.yml").write_text(TEXT)
    (tmp_path / "a.csv").write_text("k,d,a\n1,2024-01-31,5\n2,2024-02-29,7\n3,2024-03-01,1\n")
    (tmp_path / "people.csv").write_text("k,n,s\n1,Ett AB,x\n2,,y\n9,Nio AB,x\n1,Dubbel AB,z\n")
    return tmp_path


def test_as_of_given_earlier_later_or_not_at_all(folder: Path):
    assert open_client(folder).facts.as_of == dt.date(2024, 2, 29)
    later = open_client(folder, as_of="2024-03-31").facts
    assert list(later.summary()["revenue"]) == [5, 7, 1]
    earlier = open_client(folder, as_of=dt.date(2024, 1, 31)).facts
    assert list(earlier.summary()["revenue"]) == [5]
    rows = {b["bucket"]: b["rows"] for b in earlier.ledger["buckets"]}
    assert rows == {"accepted": 1, "later": 2}
    assert earlier.key == later.key
    with pytest.raises(FactsError, match="no fact up to 2020-01-01"):
        open_client(folder, as_of="2020-01-01")
    with pytest.raises(SettingsError, match="2026-09-30"):
        open_client(folder, as_of="yesterday")


def test_language_and_share_given_override_the_settings(folder: Path):
    facts = open_client(folder).facts
    assert (facts.language, facts.share) == ("sv", "client")
    other = open_client(folder, language="en", share="internal").facts
    assert (other.language, other.share) == ("en", "internal")
    with pytest.raises(SettingsError, match="sv, en"):
        open_client(folder, language="de")
    with pytest.raises(SettingsError, match="internal, client"):
        open_client(folder, share="public")


def test_customers_have_names_and_attributes(folder: Path):
    facts = open_client(folder).facts
    people = facts.fetch(facts.customers).set_index("customer")
    assert people["name"].to_dict() == {"1": "Dubbel AB", "2": "2", "3": "3", "9": "Nio AB"}
    assert facts.ledger["beside"]["customers"]["repeated"] == 1
    earlier = open_client(folder, as_of="2024-01-31").facts
    assert earlier.customers.columns == ("customer", "name")  # not declared static


def test_the_newest_earlier_report_is_the_previous_one(folder: Path):
    client = open_client(folder)
    assert client.previous() is None
    for day, run in (
        ("2023-12-31", "1"),
        ("2024-01-31", "1"),
        ("2024-01-31", "2"),
        ("2024-02-29", "1"),
        ("2024-03-31", "1"),
    ):
        place = folder / "reports" / f"{day}_{run}"
        place.mkdir(parents=True)
        (place / "results.json").write_text(json.dumps(_published(day, run)))
    assert client.previous() == _published("2024-01-31", "2")
    newest = folder / "reports" / "2024-01-31_2" / "results.json"
    good = _published("2024-01-31", "2")
    for broken in (
        "{",
        "{}",
        "[]",
        json.dumps(good | {"as_of": "31/1 2024"}),
        json.dumps(good | {"results": {"Customers": None}}),
        json.dumps(good | {"priorities": [{"rank": 1}]}),
        json.dumps(good | {"currency": "EUR"}),
    ):
        newest.write_text(broken)
        assert client.previous() == _published("2024-01-31", "1"), broken
    newest.write_text(json.dumps(good | {"priorities": None}))  # that report had no list
    assert client.previous() == good | {"priorities": None}


def _published(day: str, run: str) -> dict[str, object]:
    return {
        "as_of": day,
        "currency": "SEK",
        "facts": run,
        "results": {"Customers": {"figures": {}}},
        "priorities": [{"customer": "A", "rank": 1}],
    }


def test_check_tells_ledger_and_warnings_or_every_fault(folder: Path):
    good = check(folder)
    assert good.ok
    assert ("read", "SEK", 3, "13") in good.rows()
    assert any("VAT" in w for w in good.warnings)
    assert json.loads(json.dumps(good.as_dict()))["as_of"] == "2024-02-29"
    path = folder / "client.yml"
    path.write_text(TEXT.replace("currency: SEK", "currency: kr").replace("customer: k", "kund: k"))
    bad = check(path)
    assert not bad.ok
    assert len(bad.faults) >= 3
    assert json.loads(json.dumps(bad.as_dict()))["ok"] is False
    path.write_text(TEXT.replace("a.csv", "absent.csv"))
    assert "absent.csv" in str(check(path).faults[0])


def test_the_demo_is_built_once(demo: Path, monkeypatch: pytest.MonkeyPatch):
    facts = open_client("demo").facts
    assert facts.simulated
    assert facts.name == "Nordverk AB"
    assert {"margin", "order", "rep", "group1", "group3"} <= facts.has
    assert facts.ledger["balanced"]
    assert [p.name[:5] for p in demo.iterdir()] == ["demo-"]
    monkeypatch.setattr("salesfact._open._build_demo", None)
    assert open_client("demo").facts.key == facts.key


def test_a_demo_of_other_code_and_a_killed_one_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from salesfact._open import demo_folder

    monkeypatch.setenv("SALESFACT_CACHE", str(tmp_path))
    for old in ("demo-12345678", ".new-demo-4194399-x", f".new-demo-{os.getpid()}-x", "other"):
        (tmp_path / old).mkdir()
    monkeypatch.setattr("salesfact._open._build_demo", lambda folder: folder.mkdir())
    place = demo_folder()
    left = {p.name for p in tmp_path.iterdir()}
    assert left == {place.name, f".new-demo-{os.getpid()}-x", "other"}


def test_no_module_of_the_demo_can_be_forgotten():
    """Whatever running init and the export loads is in the key, and what reads facts in theirs."""
    for program, roots in (
        ("import salesfact._init, salesfact._nordverk_export", ("_init", "_nordverk_export")),
        ("import salesfact._sources", ("_sources",)),
    ):
        code = program + ", sys; print(*(m for m in sys.modules if m.startswith('salesfact._')))"
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        loaded = {m.split(".")[1] for m in out.stdout.split()}
        assert loaded
        assert loaded <= set(imported_by(*roots)) | {"_errors"}
    assert {"_signs", "_understand", "_places", "_layout"} <= set(imported_by("_init"))


def test_reports_collected_elsewhere_are_found_by_the_clients_name(
    folder: Path, tmp_path_factory, monkeypatch
):
    client = open_client(folder)
    everyone = tmp_path_factory.mktemp("all")
    monkeypatch.setenv("SALESFACT_REPORTS", str(everyone))
    ours = _published("2024-01-31", "1") | {"name": client.facts.name}
    place = everyone / "2024-01-31_1"
    place.mkdir(parents=True)
    (place / "results.json").write_text(json.dumps(ours))
    assert client.previous() == ours
    other = everyone / "2024-01-31_2"  # of another client, collected in the same place
    other.mkdir()
    (other / "results.json").write_text(json.dumps(ours | {"name": "Somebody else"}))
    assert client.previous() == ours


def test_two_clients_in_one_folder_have_reports_of_their_own(folder: Path):
    text = (folder / "client.yml").read_text(encoding="utf-8")
    name = open_client(folder).facts.name
    (folder / "acme.yml").write_text(text.replace(name, "Acme", 1), encoding="utf-8")
    first, second = open_client(folder), open_client(folder / "acme.yml")
    assert second.facts.name == "Acme" != first.facts.name
    assert first.reports == folder / "reports"
    assert second.reports == folder / "reports" / "acme"
    assert second.place("notebooks") == folder / "notebooks" / "acme"

    def publish(place, name):
        place.mkdir(parents=True)
        content = _published(place.name[:10], "1") | {"name": name}
        (place / "results.json").write_text(json.dumps(content))

    publish(first.reports / "2024-01-31_1", first.facts.name)
    assert first.previous()["name"] == first.facts.name and second.previous() is None
    publish(second.reports / "2024-02-15_1", "Acme")
    assert first.previous()["as_of"] == "2024-01-31"
    assert second.previous() == _published("2024-02-15", "1") | {"name": "Acme"}
    # a report of before, when all lay together
    (second.reports / "2024-02-15_1" / "results.json").unlink()
    publish(first.reports / "2023-12-31_1", "Acme")
    assert second.previous()["as_of"] == "2023-12-31"
    publish(first.reports / "2024-02-20_1", "Acme")  # not followed by its neighbour
    assert first.previous()["as_of"] == "2024-01-31"
    assert second.previous()["as_of"] == "2024-02-20"


def test_facts_of_a_folder_that_must_not_be_written_are_kept_elsewhere(
    folder: Path, tmp_path_factory, monkeypatch
):
    kept = tmp_path_factory.mktemp("kept")
    monkeypatch.setenv("SALESFACT_CACHE", str(kept))
    own = open_client(folder).facts.folder
    assert own is not None and own.is_relative_to(folder)  # it can be written: nothing leaves it
    shutil.rmtree(folder / ".salesfact")
    before = sorted(folder.rglob("*"))
    monkeypatch.setattr(
        os, "access", lambda path, mode: folder not in (Path(path), *Path(path).parents)
    )
    opened = open_client(folder)
    assert opened.facts.folder is not None and opened.facts.folder.is_relative_to(kept)
    assert sorted(folder.rglob("*")) == before
    assert opened.facts.key == open_client(folder).facts.key
    aside = opened.set_aside()
    assert not aside or (kept / aside).is_file()


def test_where_the_rows_set_aside_stand_is_named(folder: Path):
    with (folder / "a.csv").open("a") as file:
        file.write("4,a day,5\n")
    opened = open_client(folder)
    found = check(folder)
    rows = sum(r["rows"] for r in opened.facts.ledger["reasons"])
    assert rows
    assert (folder / opened.set_aside()).is_file()
    assert found.set_aside == folder / opened.set_aside()
    assert found.as_dict()["set_aside"] == str(found.set_aside)


def _plan(day: str) -> dict:
    return {
        "format": "salesfact-plan-1",
        "as_of": day,
        "currency": "SEK",
        "money": "amount",
        "horizon_months": 12,
        "facts": "x",
        "k": 3,
        "advised": [{"customer": "1", "rank": 1, "silent": True, "at_stake": 5.0}],
        "expected": [{"customer": "1", "estimate": 1.0, "low": None, "high": 2.0, "naive": 1.0}],
    }


def test_the_newest_earlier_plan_and_no_broken_one(folder: Path):
    client = open_client(folder)
    assert client.previous_plan() is None
    for day in ("2023-12-31", "2024-01-31", "2024-03-31"):
        place = folder / "reports" / f"{day}_1"
        place.mkdir(parents=True, exist_ok=True)
        (place / "plan.json").write_text(json.dumps(_plan(day)))
    good = _plan("2024-01-31")
    assert client.previous_plan() == good
    newest = folder / "reports" / "2024-01-31_1" / "plan.json"
    for broken in (
        "{",
        "null",
        "[]",
        json.dumps(good | {"as_of": "soon"}),
        json.dumps(good | {"advised": None}),
        json.dumps(good | {"advised": [{"customer": 1}]}),
        json.dumps(good | {"expected": [{"customer": "1", "estimate": "much"}]}),
        json.dumps(good | {"k": 0}),
        json.dumps(good | {"currency": "EUR"}),
    ):
        newest.write_text(broken)
        assert client.previous_plan() == _plan("2023-12-31"), broken
    newest.write_text(json.dumps(good | {"expected": None}))
    assert client.previous_plan() == good | {"expected": None}
