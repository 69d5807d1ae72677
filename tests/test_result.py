"""Results: figures come from tables, readings from figures, and data never becomes markup."""

from __future__ import annotations

import datetime as dt
from dataclasses import FrozenInstanceError

import pandas as pd
import pytest

import salesfact as sf
from salesfact._result import (
    MIME,
    Column,
    Figure,
    Refusal,
    Result,
    Sentence,
    Source,
    to_html,
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


def test_units_are_checked():
    with pytest.raises(ValueError, match="unit"):
        Figure(1, unit="score")


def test_errors_tell_where_what_allowed_and_remedy():
    from salesfact._errors import Fault

    error = sf.SettingsError(Fault("found x", where="client.yml:3", allowed="y", remedy="write y"))
    assert str(error) == "client.yml:3: found x\n    allowed: y\n    remedy:  write y"
    assert error._render_traceback_()[0].startswith("SettingsError: client.yml:3")
