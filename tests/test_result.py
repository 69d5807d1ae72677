"""Results: figures come from tables, readings from figures, and data never becomes markup."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from dataclasses import FrozenInstanceError

import pandas as pd
import pytest

import salesfact as sf
from salesfact import _style
from salesfact._language import language
from salesfact._plain import to_html
from salesfact._result import (
    MIME,
    Column,
    Figure,
    Refusal,
    Result,
    Sentence,
    Source,
)


class Spend(Result):
    title = "Spend"
    columns = {
        "customer": Column("Customer"),
        "spend": Column("Spend", "money"),
        "last": Column("Last", "short_date"),
    }

    @classmethod
    def compute_figures(cls, table, tables, parameters):
        return {
            "customers": Figure(len(table), unit="customers"),
            "spend": Figure(float(table["spend"].sum()), low=1.0, high=9.0, unit="money"),
            "who": Figure(list(table.index[:2]), unit="listing"),
        }

    def sentences(self):
        one, many = "{customers} customer spent {spend}.", "{customers} customers spent {spend}."
        return [Sentence(one, many, n="customers"), Sentence("Most: {who}, up to {spend_high}.")]

    def headline(self):
        return Sentence("{customers} spend")

    def draw(self, ax):
        ax.barh(list(self.table.index), self.table["spend"])


def spend(names=("a", "b"), language="en", **more):
    table = pd.DataFrame(
        {"spend": [2_000_000.0, 3.0][: len(names)], "last": [dt.date(2026, 9, 30)] * len(names)},
        index=pd.Index(names, name="customer"),
    )
    source = Source("Test", dt.date(2026, 9, 30), "SEK", language)
    return Spend(table=table, source=source, **more)


def test_reading_takes_its_numbers_from_figures():
    text = spend().reading().replace("\u00a0", " ")
    assert text == "2 customers spent SEK 2.00m. Most: a and b, up to SEK 9."
    assert spend(("a",)).reading().startswith("1 customer spent")


def test_a_result_is_frozen_and_can_change_language():
    result = spend()
    with pytest.raises(FrozenInstanceError):
        result.table = None  # type: ignore[misc]
    with pytest.raises(TypeError):
        result.figures["x"] = 1  # type: ignore[index]
    swedish = result.in_language("sv")
    assert swedish.rows()["cells"][0] == ["a", "2,00\u00a0mkr", "2026-09-30"]
    assert result.source.language == "en"


def test_a_refusal_speaks_instead():
    refusal = Refusal(Sentence("Too few: {customers}."), Sentence("Wait."))
    result = spend(refusal=refusal)
    assert result.reading() == "Too few: 2. Wait."
    assert result.picture() is None
    assert result.payload()["refused"]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "$x$ | _y_^2"])
def test_hostile_names_stay_text(name):
    result = spend((name, "b"))
    page = to_html(result.payload())
    assert "<script" not in page
    assert result.rows()["cells"][0][0] == name
    picture = result.picture()
    assert picture is not None
    assert "<script" not in picture


def test_a_phone_gets_its_own_picture():
    def width(svg: str | None) -> float:
        found = re.search(r'viewBox="0 0 ([\d.]+) ', svg or "")
        assert found
        return float(found[1]) / 72

    result = spend()
    assert width(result.picture()) == pytest.approx(7.6)
    assert width(result.picture(narrow=True)) == pytest.approx(_style.NARROW)
    assert result.payload()["picture_narrow"] == result.picture(narrow=True)
    assert spend(()).payload()["picture_narrow"] is None


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([0, 1e6, 2e6], ["0", "1 mkr", "2 mkr"]),
        ([0, 2.5e6, 5e6], ["0", "2,5 mkr", "5,0 mkr"]),
        ([-20_000, 0, 20_000], ["\u221220 tkr", "0", "20 tkr"]),
        ([0, 500_000, 1_000_000], ["0", "0,5 mkr", "1,0 mkr"]),
        ([0, 250.0], ["0", "250 kr"]),
        ([0.0], ["0"]),
        ([], []),
    ],
)
def test_one_unit_per_money_axis(values, told):
    found = language("sv").money_ticks(values, "SEK")
    assert [t.replace("\u00a0", " ") for t in found] == told


def test_labels_of_one_picture_share_a_unit():
    sv = language("sv")
    told = [t.replace("\u00a0", " ") for t in sv.money_labels([1.84e6, -858_000, 0], "SEK")]
    assert told == ["1,84 mkr", "\u22120,86 mkr", "0,00 mkr"]
    assert sv.money_labels([280e6, 212_000], "SEK")[1] == "0,2\u00a0mkr"
    assert language("en").money_labels([260.0], "GBP") == ["£260"]
    assert sv.money_labels([], "SEK") == []


@pytest.mark.parametrize("most", [2, 3, 4, 6])
def test_month_ticks_have_room_and_lie_within(most):
    for first, last in [
        (dt.date(2010, 12, 1), dt.date(2011, 11, 30)),
        (dt.date(2023, 1, 1), dt.date(2026, 9, 30)),
        (dt.date(1996, 7, 4), dt.date(1998, 5, 6)),
        (dt.date(1950, 1, 1), dt.date(2026, 1, 1)),
    ]:
        days, years = _style.months_shown(first, last, most)
        assert 1 <= len(days) <= most
        assert all(first <= d <= last and d.day == 1 for d in days)
        assert not years or all(d.month == 1 for d in days)


def test_axes_of_months_and_money_do_not_overlap():
    for width in (_style.WIDE, _style.NARROW):
        with _style.themed():
            figure, ax = _style.new_figure(width, 3)
            ax.plot(pd.to_datetime(["2023-01-01", "2026-09-30"]), [0, 9.7e6])
            _style.month_axis(ax.xaxis, language("sv"), dt.date(2023, 1, 1), dt.date(2026, 9, 30))
            _style.money_axis(ax.yaxis, language("sv"), "SEK")
            figure.draw_without_rendering()
            boxes = [t.get_window_extent() for t in ax.get_xticklabels()]
        assert len(boxes) >= 2
        assert all(a.x1 + 4 < b.x0 for a, b in itertools.pairwise(boxes))
        assert {t.get_text()[-3:] for t in ax.get_yticklabels()} <= {"mkr", "0"}


def test_names_are_cut_at_words_and_stay_when_short():
    assert _style.fitting("Åkerlunds  Rör\nAB", 20) == "Åkerlunds Rör AB"
    cut = _style.fitting("Rattlesnake Canyon Grocery and Sons", 26)
    assert cut == "Rattlesnake Canyon…" or (len(cut) <= 26 and cut.endswith("…"))
    assert len(_style.fitting("x" * 80, 26)) == 26


def test_braces_in_names_are_not_placeholders():
    assert "{spend}" in spend(("{spend}", "b")).reading()


def test_the_same_result_draws_the_same_bytes():
    assert spend().picture() == spend().picture()


def test_payload_is_plain_json():
    import json

    bundle = spend()._repr_mimebundle_()
    assert json.loads(json.dumps(bundle[MIME]))["table"]["keys"][0] == ["a", 2e6, "2026-09-30"]
    assert bundle["text/plain"].startswith("Spend: 2 customers")


def test_tables_show_at_most_the_limit_and_say_the_total():
    rows = spend().rows(limit=1)
    assert len(rows["cells"]) == 1
    assert rows["total"] == 2


def test_none_one_all_same():
    empty = spend(())
    assert empty.picture() is None
    assert empty.rows()["cells"] == []
    assert spend(("a",)).picture() is not None


def test_plot_titles_with_the_message_and_returns_axes():
    import matplotlib

    matplotlib.use("agg")
    ax = spend().plot()
    assert ax.get_title(loc="left") == "2 spend"


def test_what_cannot_be_drawn_is_said_in_words():
    import matplotlib

    matplotlib.use("agg")
    refusal = Refusal(Sentence("Too few: {customers}."), Sentence("Wait."))
    for result in (spend(refusal=refusal), spend(())):
        ax = result.plot()
        assert [t.get_text() for t in ax.texts] == [result.reading()]


def test_units_are_checked():
    with pytest.raises(ValueError, match="unit"):
        Figure(1, unit="score")


def test_errors_tell_where_what_allowed_and_remedy():
    from salesfact._errors import Fault

    error = sf.SettingsError(Fault("found x", where="client.yml:3", allowed="y", remedy="write y"))
    assert str(error) == "client.yml:3: found x\n    allowed: y\n    remedy:  write y"
    assert error._render_traceback_()[0].startswith("SettingsError: client.yml:3")


def test_a_picture_is_slim_and_looks_the_same():
    from matplotlib.colors import to_rgb

    from salesfact import _style

    with _style.themed():
        figure, ax = _style.new_figure()
        ax.plot([0, 1, 2], [3.14159265, 2.71828182, 1.41421356], color=_style.ORANGE)
        ax.text(0.5, 2.5, "Åkerlunds 1.23456789")
        import io

        raw = io.StringIO()
        figure.savefig(raw, format="svg")
        slim = _style.svg(figure)
    assert "<!-- Åkerlunds 1.23456789 -->" in slim  # what is looked through stays as it was
    assert len(slim) < 0.75 * len(raw.getvalue())
    assert slim.count("<use ") == raw.getvalue().count("<use ")
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', slim))
    for name in {a or b for a, b in used}:
        assert slim.count(f'id="{name}"') == 1, name
    assert "scale(0.015625)" in slim and to_rgb(_style.ORANGE)


class Halves(Result):
    title = "Halves"
    columns = {"hours": Column("Hours", "hours")}

    @classmethod
    def compute_figures(cls, table, tables, parameters):
        return {}


def test_columns_share_their_decimals_and_lose_nothing():
    def said(*hours):
        table = pd.DataFrame({"hours": pd.Series(hours)}).rename_axis("row")
        source = Source("Test", dt.date(2026, 9, 30), "SEK", "en")
        return [row[0] for row in Halves(table=table, source=source).rows()["cells"]]

    assert said(1421.0, 83.6, 955.2) == ["1,421", "84", "955"]
    assert said(0.25, 500.0, 1421.0, float("nan")) == ["0.25", "500", "1,421", "–"]
    assert said(1.295, 3.38, 0.0) == ["1.30", "3.38", "0.00"]
    assert said(*pd.array([1, None], dtype="Int64")) == ["1", "–"]
    assert said() == []
    assert [language("en").value(h, "hours") for h in (2.0, 12.5, 1.25, 0.1 + 0.2, 384.0)] == [
        *("2", "12.5", "1.25", "0.3", "384")
    ]
