"""Texts, numbers, money and dates in both languages."""

from __future__ import annotations

import ast
import datetime as dt
import string
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from salesfact import _errors
from salesfact._errors import SettingsError
from salesfact._language import LANGUAGES, language, money_unit
from tests.messages import PO, ROOT, translated, used

NB = "\u00a0"


def test_swedish_money_is_written_as_swedes_write_it():
    sv = language("sv")
    assert sv.money(Decimal("1234.50"), "SEK", exact=True) == f"1{NB}234,50{NB}kr"
    assert sv.money(1234.5, "EUR", exact=True) == f"1{NB}234,50{NB}EUR"
    assert sv.money(28_100, "EUR") == f"28,1{NB}TEUR"
    assert sv.money(345_100, "SEK") == f"345{NB}tkr"
    assert sv.money(1_234_567, "SEK") == f"1,23{NB}mkr"
    assert sv.money(-1_234_567, "SEK") == f"\u22121,23{NB}mkr"
    assert sv.money(0, "SEK") == f"0{NB}kr"


def test_english_money():
    en = language("en")
    assert en.money(1_234_567, "GBP") == "£1.23m"
    assert en.money(-12_345, "GBP") == "\u2212£12.3k"
    assert en.money(1234.5, "SEK", exact=True) == f"SEK{NB}1,234.50"


def test_money_never_jumps_a_unit_when_rounded():
    assert language("en").money(999_600, "GBP") == "£1.00m"
    assert language("en").money(999_400, "GBP") == "£999k"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([345_100, 1_234_567], ["0,35 mkr", "1,23 mkr"]),
        ([12_000, 3_400_000], ["12,0 tkr", "3 400 tkr"]),
        ([8_200, -45_000], ["8,20 tkr", "−45,0 tkr"]),
        ([50, 45_000], ["50 kr", "45 000 kr"]),
        ([2, 4_000_000], ["0 tkr", "4 000 tkr"]),
        ([0, 4_000_000], ["0 mkr", "4,00 mkr"]),
        ([950, 12], ["950 kr", "12 kr"]),
    ],
)
def test_amounts_beside_each_other_have_one_unit(values, told):
    unit = money_unit([*values, None, float("nan")])
    sv = language("sv")
    assert [sv.money(v, "SEK", unit=unit).replace(NB, " ") for v in values] == told


def test_shares_numbers_and_dates():
    sv, en = language("sv"), language("en")
    assert sv.share(0.1234) == f"12{NB}%"
    assert en.share(0.0123) == "1.2%"
    assert sv.number(1234567) == f"1{NB}234{NB}567"
    assert sv.number(-0.0001) == "0,00"
    assert sv.date(dt.date(2026, 9, 30)) == "30 september 2026"
    assert sv.short_date(dt.date(2026, 9, 30)) == "2026-09-30"
    assert en.month(dt.date(2026, 9, 30)) == "September 2026"
    assert sv.listing(["a", "b", "c"]) == "a, b och c"


@pytest.mark.parametrize("missing", [None, float("nan")])
@pytest.mark.parametrize("unit", ["money", "share", "count", "number", "date", "month", "text"])
def test_what_is_missing_is_a_dash(missing, unit):
    assert language("sv").value(missing, unit, "SEK") == "–"


def test_an_unknown_language_is_refused_with_what_is_allowed():
    with pytest.raises(SettingsError, match="sv, en"):
        language("fi")


def test_every_text_is_translated_and_no_translation_is_kept_in_vain():
    have, want = translated(), used()
    assert sorted(want - set(have)) == []
    assert sorted(k for k, v in have.items() if not all(v)) == []
    assert sorted(set(have) - want) == []


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_translations_keep_the_placeholders():
    from babel.messages.pofile import read_po

    with PO.open("rb") as stream:
        messages = [m for m in read_po(stream, locale="sv") if m.id and "{" in str(m.id)]
    assert len(messages) > 50
    for message in messages:
        ids = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
        texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        # one figure may be a word in the singular ("One customer"), in either language
        known = set.union(*(_fields(i) for i in ids))
        assert all(_fields(t) <= known for t in texts), message.id
        assert _fields(texts[-1]) == _fields(ids[-1]), message.id


def test_english_is_the_language_of_the_texts_themselves():
    assert set(LANGUAGES) == {"sv", "en"}
    assert language("en").text("Source: {name}, facts up to {as_of}.").startswith("Source")


# Errors of whoever calls models and simulated worlds in Python, and what lies below `_said`.
IN_ENGLISH = {"_counted", "_language", "_lifetime", "_nordverk_parameters", "_spend"}
_FAULT = ("what", "where", "allowed", "remedy")
_ERRORS = {n for n, e in vars(_errors).items() if isinstance(e, type) and issubclass(e, Exception)}


def _plain(node: ast.AST, texts: dict[str, ast.expr]) -> bool:
    """Whether an expression is a text of its own, or may be one."""
    if isinstance(node, ast.Name):
        return node.id in texts and _plain(texts[node.id], {})
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and bool(node.value.strip())
    if isinstance(node, ast.BinOp):
        return _plain(node.left, texts) or _plain(node.right, texts)
    if isinstance(node, ast.IfExp):
        return _plain(node.body, texts) or _plain(node.orelse, texts)
    if isinstance(node, ast.BoolOp):
        return any(_plain(v, texts) for v in node.values)
    return isinstance(node, ast.JoinedStr)


def _untold(source: str) -> Iterator[str]:
    """What a module says to a user that no catalogue can tell: `Fault`s, and errors of a text."""
    tree = ast.parse(source)
    texts = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and _plain(node.value, {})
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        said: list[tuple[str, ast.expr]] = [(k.arg or "", k.value) for k in node.keywords]
        if name == "Fault":
            said += zip(_FAULT, node.args, strict=False)
        elif name in _ERRORS:
            said += [("what", a) for a in node.args]
        else:
            said = [(n, v) for n, v in said if n in ("allowed", "remedy")]
        for part, value in said:
            # one that is only marked is no `Said`: it is told as it stands
            marked = isinstance(value, ast.Call) and ast.unparse(value.func) == "N_"
            if part != "where" and (_plain(value, texts) or (part == "what" and marked)):
                yield f"line {value.lineno}: {part}={ast.unparse(value)}"


@pytest.mark.parametrize(
    "code",
    [
        "Fault('it is wrong')",
        "Fault(f'found {x}', where='x')",
        "Fault(N_('it is wrong'), where='x')",
        "Fault(said(N_('found')), 'x', 'this', 'that')",
        "Fault(said(N_('found')), allowed=', '.join(names) or 'none')",
        "Fault(said(N_('found')), remedy='do' if a else N_('else'))",
        "what = f'no {x}'\nFault(what)",
        "SourceError('it is wrong')",
        "refuse(remedy='export it again')",
    ],
)
def test_the_net_catches_what_no_catalogue_can_tell(code):
    assert list(_untold(code))


def test_whatever_is_wrong_can_be_told_in_swedish():
    package = ROOT / "salesfact"
    paths = {p: p.relative_to(package).with_suffix("").as_posix() for p in package.rglob("*.py")}
    found = {n: list(_untold(Path(p).read_text(encoding="utf-8"))) for p, n in paths.items()}
    assert found["_lifetime"]
    assert {n: told for n, told in found.items() if told and n not in IN_ENGLISH} == {}
