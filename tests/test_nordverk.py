"""The demo world: does it hold what it says it planted, and does its export add up?"""

from __future__ import annotations

import io
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesfact._effort import effort_cells
from salesfact._errors import SettingsError
from salesfact._nordverk import World, nordverk
from salesfact._nordverk_effort import effort
from salesfact._nordverk_export import ACTIVITIES, KNOWN, SALES, Written, export, write
from salesfact._nordverk_parameters import Parameters
from salesfact._nordverk_people import lives
from salesfact._nordverk_sales import _codes
from salesfact._nordverk_time import _easter, calendar, renewals
from salesfact._nordverk_words import articles
from salesfact._open import Client, open_client


@pytest.fixture(scope="module")
def world() -> World:
    return nordverk()


@pytest.fixture(scope="module")
def written(world: World) -> Written:
    return write(world)


def test_same_seed_same_bytes() -> None:
    one, two = (write(nordverk(seed=7, n_customers=60, years=3)).files for _ in range(2))
    assert one == two
    assert one != write(nordverk(seed=8, n_customers=60, years=3)).files


def test_the_log_and_full_days_touch_no_other_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def files() -> dict[str, bytes]:
        return write(nordverk(seed=7, n_customers=60, n_reps=1, years=3)).files

    before = files()
    monkeypatch.setattr("salesfact._nordverk_log._EMPTY", 0.5)
    monkeypatch.setattr("salesfact._nordverk_time.FULL", 6.0)
    after = files()
    assert before.pop(ACTIVITIES) != after.pop(ACTIVITIES)
    assert before == after


def test_raters_do_not_touch_sales() -> None:
    a = nordverk(seed=3, n_customers=60, years=3)
    b = nordverk(seed=3, n_customers=60, years=3, rater_precision=5.0, insight=0.1)
    pd.testing.assert_frame_equal(a.sales, b.sales)
    assert not a.judgements["score"].equals(b.judgements["score"])


def test_unknown_parameters_and_values_out_of_range_are_named_together() -> None:
    with pytest.raises(SettingsError, match="unknown parameter 'n_kunder'"):
        nordverk(n_kunder=3)
    with pytest.raises(SettingsError) as caught:
        nordverk(years=1, leave_rate=2.0)
    assert [f.where for f in caught.value.faults] == ["years", "leave_rate"]
    for name, value in (("n_reps", 3.5), ("last_day", "2026-10-09"), ("season", 1)):
        with pytest.raises(SettingsError, match="found"):
            nordverk(**{name: value})


def test_easter_as_published() -> None:
    # Statistiska centralbyrån's and any almanac's Easter Sundays
    known = {2022: (4, 17), 2023: (4, 9), 2024: (3, 31), 2025: (4, 20), 2026: (4, 5)}
    assert {y: (_easter(y).month, _easter(y).day) for y in known} == known


def test_gaps_are_gamma_in_operational_time() -> None:
    rng = np.random.default_rng(1)
    n = 400
    speed = np.tile(np.where(np.arange(4000) % 100 < 30, 0.2, 0.05), (n, 1))
    k = np.repeat([1.0, 4.0], n // 2)
    clock = speed.cumsum(axis=1)
    who, day, rest = renewals(rng, clock, k)
    assert (rest > 0).all()
    for part, shape in ((who < n // 2, 1.0), (who >= n // 2, 4.0)):
        counts = np.bincount(who[part], minlength=n)
        counts = counts[counts > 0]
        assert counts.mean() == pytest.approx(clock[0, -1], rel=0.02)
        gaps = np.concatenate([np.diff(clock[w, day[who == w]]) for w in np.unique(who[part])])
        assert gaps.mean() == pytest.approx(1.0, rel=0.02)
        # days are whole, so a gap carries a little more than 1/k
        assert gaps.var() == pytest.approx(1 / shape, rel=0.06)


def test_world_looks_like_a_swedish_industrial_supplier(world: World) -> None:
    sales = world.sales
    year = sales[(sales["date"] > "2025-09-30") & (sales["date"] <= "2026-09-30")]
    revenue, margin = year["amount"].sum(), year["margin"].sum()
    assert 250e6 < revenue < 400e6
    assert 0.28 < margin / revenue < 0.34
    by = year.groupby("customer")["margin"].sum().sort_values(ascending=False)
    assert 0.70 < by.head(len(by) // 5).sum() / by.sum() < 0.82
    assert 2 <= (by < 0).sum() <= 15
    orders = sales[(sales["type"] == "Faktura")].groupby("order")["amount"].sum()
    assert orders.quantile(0.25) > 5_000
    assert orders.quantile(0.8) < 60_000
    assert 100_000 < len(sales) < 150_000
    month = sales[sales["date"] <= "2026-09-30"].groupby(sales["date"].dt.month)["amount"].sum()
    assert month.idxmin() == 7
    assert month.idxmax() in (9, 10, 11)
    assert sales["date"].max().date() == world.last
    assert world.as_of.isoformat() == "2026-09-30"
    assert world.products["group1"].nunique() >= 8
    assert len(world.products) > 300


def test_leavers_stop_and_silence_costs_something(world: World) -> None:
    sales, truth = world.sales, world.truth
    goods = sales[(sales["type"] == "Faktura")]
    last = goods.groupby("customer")["date"].max()
    left = truth[truth["left"].notna() & truth["back"].isna()]
    both = left.join(last.rename("last"), how="inner")
    assert (both["last"] < both["left"]).all()
    back = truth[truth["back"].notna()]
    assert len(back) > 10
    for customer, row in back.iterrows():
        days = goods.loc[goods["customer"] == customer, "date"]
        assert not days.between(row["left"], row["back"], inclusive="left").any()
    # large ones that fell silent within the last year: the story of the demo
    recent = left[left["left"] > "2025-12-01"].index
    before = sales[sales["date"].between("2024-10-01", "2025-11-30")]
    worth = before[before["customer"].isin(recent)].groupby("customer")["margin"].sum()
    assert (worth > 400_000).sum() >= 5


def test_groups_switch_together(world: World) -> None:
    joined = world.customers.set_index("customer").join(world.truth[["left", "back"]])
    sites = joined[joined["parent"] != ""].groupby("parent")
    spread = [
        (g["left"].max() - g["left"].min()).days
        for _, g in sites
        if len(g) > 2 and g["left"].notna().all() and g["back"].isna().all()
    ]
    assert any(days < 40 for days in spread)


def test_shrinkers_and_lost_groups_show_in_the_lines() -> None:
    world = nordverk(seed=5, shrink_share=0.5, lost_group_share=0.3, grow_share=0, wander=0)
    sales, truth = world.sales, world.truth
    goods = sales[(sales["type"] == "Faktura")]
    for customer, row in truth[truth["lost_group"] != ""].iterrows():
        lines = goods[(goods["customer"] == customer) & (goods["group2"] == row["lost_group"])]
        assert (lines["date"] < row["drift_month"]).all()
    # orders after against before, season, market and hours removed by the customers that did not
    # drift: the planted size comes out
    months = goods.drop_duplicates("order").assign(m=lambda d: d["date"].dt.to_period("M"))
    table = months.groupby(["customer", "m"]).size().unstack(fill_value=0)
    table = table[[m for m in table.columns if m <= pd.Period("2026-09")]]
    steady = truth[(truth["kind"] == "steady") & truth["programme"].isna()].index
    common = table.reindex(steady).fillna(0).sum()
    seen = expected = 0.0
    for customer, row in truth[truth["kind"] == "shrinker"].iterrows():
        after = table.columns >= pd.Period(row["drift_month"], "M")
        y = table.loc[customer]
        level = y[~after].sum() / common[~after].sum()
        seen += y[after].sum()
        expected += level * common[after].sum() * (1 + row["drift"])
    assert seen / expected == pytest.approx(1, abs=0.08)


def test_hours_move_orders_by_the_planted_response() -> None:
    world = nordverk(
        seed=11, n_customers=1500, n_reps=20, response=0.3, response_sd=0.0, wander=0.0,
        leave_rate=0.0, new_share=0, shrink_share=0, grow_share=0, return_share=0,
        lost_group_share=0, silent_large=0, lost_large=0, won_large=0, group_leave=0,
        programme_share=0, order_k=1.0,
        order_k_sd=0.0, season=False,
    )  # fmt: skip
    ids = world.truth.index
    months = pd.period_range("2021-10", "2026-09", freq="M")

    def panel(frame: pd.DataFrame, weights: pd.Series | None = None) -> np.ndarray:
        keys = [frame["customer"], frame["date"].dt.to_period("M")]
        values = frame.groupby(keys).size() if weights is None else weights.groupby(keys).sum()
        return values.unstack(fill_value=0).reindex(index=ids, columns=months, fill_value=0).values

    goods = world.sales[world.sales["type"] == "Faktura"].drop_duplicates("order")
    y = panel(goods).astype(float)
    hours = panel(world.activities, world.activities["hours"]).astype(float)
    stock = np.zeros_like(hours)
    carry = np.zeros(len(ids))
    for m in range(hours.shape[1]):
        carry = hours[:, m] + 0.5 * carry
        stock[:, m] = carry
    x = np.log1p(stock)[:, 6:]
    y = y[:, 6:]
    keep = y.sum(axis=1) > 0
    x, y = x[keep], y[keep]
    beta = 0.0
    mu = y.mean(axis=1, keepdims=True) * np.ones_like(y)
    for _ in range(60):  # two-way Poisson: scale rows and columns, then a Newton step for beta
        mu = np.exp(beta * x)
        for _ in range(20):
            mu *= (y.sum(axis=1) / mu.sum(axis=1))[:, None]
            mu *= (y.sum(axis=0) / mu.sum(axis=0))[None, :]
        xt = x.copy()
        for _ in range(20):
            xt -= (mu * xt).sum(axis=1, keepdims=True) / mu.sum(axis=1, keepdims=True)
            xt -= (mu * xt).sum(axis=0, keepdims=True) / mu.sum(axis=0, keepdims=True)
        step = (xt * (y - mu)).sum() / (mu * xt**2).sum()
        beta += step
        if abs(step) < 1e-6:
            break
    error = 1 / np.sqrt((mu * xt**2).sum())
    assert abs(beta - 0.3) < 4 * error
    assert error < 0.02


def test_visits_follow_habit_by_the_planted_weight() -> None:
    for weight in (0.3, 0.8):
        p = Parameters(
            n_customers=3000, n_reps=10, rut_weight=weight, value_weight=0.0,
            new_share=0, leave_rate=0, return_share=0, won_large=0,
        )  # fmt: skip
        cal = calendar(p)
        made = effort(p, cal, lives(p, cal, 2, _codes(articles())[1]), seed=2)
        log = np.log(made.planned)
        x, y = log[:, 3], log[:, 4]
        assert np.polyfit(x - x.mean(), y - y.mean(), 1)[0] == pytest.approx(weight, abs=0.05)
        # and what was done is what was planned
        done = made.activities[made.activities["programme"] == ""]
        year = done[done["date"].between("2024-10-01", "2025-09-30")]
        assert len(year) / made.planned[:, 4].sum() == pytest.approx(1, abs=0.03)


def test_raters_are_lenient_and_precise_as_planted() -> None:
    world = nordverk(seed=4, n_customers=3000, leniency_sd=0.8)
    judged = world.judgements.merge(world.raters, on="rater").merge(
        world.truth["theta"], left_on="customer", right_index=True
    )
    inner = judged[judged["score"].between(2, 6)]  # the scale's ends cut errors off
    rest = inner["score"] - 4 - inner["theta"] - inner["leniency"]
    by = rest.groupby(inner["rater"]).agg(["mean", "std"]).join(
        world.raters.set_index("rater")
    )  # fmt: skip
    assert np.corrcoef(by["std"], by["error_sd"])[0, 1] > 0.9
    own = judged.groupby("rater")["score"].mean()
    assert np.corrcoef(own.loc[by.index], by["leniency"])[0, 1] > 0.9
    assert judged["score"].between(1, 7).all()
    assert (judged["low"] <= judged["score"]).all() and (judged["score"] <= judged["high"]).all()


def test_price_rises_are_in_the_lines(world: World) -> None:
    goods = world.sales[(world.sales["type"] == "Faktura") & (world.sales["unit"] == "st")]
    steady = world.truth[world.truth["squeeze"] == 0].index
    goods = goods[goods["customer"].isin(steady) & (goods["group1"] != "Övrigt")]
    each = goods.groupby(["customer", "product", goods["date"].dt.to_period("Q")])["unit_price"]
    price = each.mean().unstack()
    rise = (price[pd.Period("2023Q3")] / price[pd.Period("2022Q3")]).median()
    assert rise == pytest.approx(1.071, abs=0.012)


def test_credit_notes_correct_an_earlier_invoice_of_the_same_customer(world: World) -> None:
    credits = world.sales[world.sales["corrects"] != ""]
    goods = world.sales[world.sales["type"] == "Faktura"]
    keys = ["invoice", "customer", "product"]
    met = credits.merge(
        goods.groupby(keys).agg(day=("invoice_date", "max"), most=("quantity", "max")),
        left_on=["corrects", *keys[1:]], right_index=True, how="left",
    )  # fmt: skip
    assert len(met) == len(credits) > 1000
    assert (met["date"] > met["day"]).all()
    assert (-met["quantity"] <= met["most"]).all()
    assert (credits["amount"] < 0).all() and (credits["quantity"] < 0).all()


def test_invoices_hold_together(world: World) -> None:
    sales = world.sales
    each = sales.groupby("invoice")
    assert (each[["customer", "invoice_date", "type"]].nunique() == 1).all(axis=None)
    # monthly invoices lie on the month's last working day, the others at most 4 of them later
    late = sales["customer"].map(world.truth["collective"]) & (sales["type"] == "Faktura")
    bound = sales.loc[late, "invoice_date"]
    assert bound.groupby(bound.dt.to_period("M")).nunique().max() == 1
    assert (sales["invoice_date"] >= sales["date"]).all()
    # with 25 % VAT, a rounded invoice is whole kronor
    rounded = sales.loc[sales["product"] == "ÖRES", "invoice"]
    total = sales[sales["invoice"].isin(rounded)].groupby("invoice")["amount"].sum()
    ore = np.rint(
        100 * total - 100 * sales[sales["product"] == "ÖRES"].set_index("invoice")["amount"]
    )
    rest = 100 * sales[sales["product"] == "ÖRES"].set_index("invoice")["amount"]
    due = np.rint(ore * 1.25) + rest
    assert (np.rint(due) % 100 == 0).all()
    # the year's bonus is 2 % of what was bought the calendar year before
    bonus = sales[(sales["product"] == "BONUS") & (sales["date"] > "2025-01-01")]
    one = bonus.iloc[-1]
    year = one["date"].year - 1
    bought = sales[
        (sales["customer"] == one["customer"]) & (sales["date"].dt.year == year)
        & (sales["type"] == "Faktura")
    ]["amount"].sum()  # fmt: skip
    assert -one["amount"] == pytest.approx(0.02 * bought, abs=0.01)


def test_names_are_nobodys(world: World) -> None:
    brands = (
        "sandvik|volvo|scania|skf|atlas|alfa laval|hägglund|nobel|ericsson|saab|ssab|boliden|"
        "husqvarna|epiroc|trelleborg|ahlsell|momentum|bosch|festo|swedol|würth|bufab|nibe|lindab"
    )
    texts = [*world.customers["name"], *world.customers["parent"], *world.products["name"]]
    assert not [t for t in texts if re.search(rf"\b({brands})", t.lower())]
    assert world.customers["name"].is_unique
    assert world.customers["customer"].is_unique
    assert not [t for t in texts if re.search(r"(.)\1\1", re.sub(r"\d", "", t.lower()))]


def test_ids_keep_their_zeros(world: World) -> None:
    ids = set(world.customers["customer"])
    twins = [i for i in ids if i.startswith("0") and i.lstrip("0") in ids]
    assert len(twins) == 1
    pair = {twins[0], twins[0].lstrip("0")}
    assert pair <= set(world.sales["customer"])


def test_export_is_the_hard_road(world: World, written: Written, tmp_path: Path) -> None:
    paths = export(world, tmp_path)
    assert [p.name for p in paths][: len(KNOWN)] == list(KNOWN)
    raw = (tmp_path / SALES).read_bytes()
    assert raw == written.files[SALES]
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    text = raw.decode("cp1252")
    assert text.count("\n") == text.count("\r\n")
    lines = text.split("\r\n")[:-1]
    assert "simulerade" in lines[0]
    assert lines[written.ledger["header_line"] - 1].startswith("Ordernr;Orderdatum;")
    assert sum(not line for line in lines) == written.ledger["blank"] + 1  # one above the header
    assert any('"' in line for line in lines)
    assert any(re.search(r";\d[\d\xa0]*,\d\d-;", line) for line in lines)
    assert any("\xa0" in line for line in lines)


def test_expected_ledger_adds_up_by_a_reading_of_its_own(world: World, written: Written) -> None:
    """A reader of twenty lines, made for this file alone, arrives at the answers."""
    led = written.ledger
    lines = written.files[SALES].decode("cp1252").split("\r\n")[:-1]
    header = lines[led["header_line"] - 1].split(";")
    at = {name: i for i, name in enumerate(header)}
    damaged = set(written.damaged["line"])
    furniture = dict(zip(written.furniture["line"], written.furniture["reason"], strict=True))

    def money(text: str) -> Decimal:
        text = text.replace("\xa0", "").replace(",", ".")
        return -Decimal(text[:-1]) if text.endswith("-") else Decimal(text)

    rows, blank = 0, 0
    told = later = margin = Decimal(0)
    n_told = n_later = 0
    for number, line in enumerate(lines, 1):
        if number <= led["header_line"]:
            continue
        if not line:
            blank += 1
            continue
        rows += 1
        cells = line.split(";")
        if number in furniture:
            kind = furniture[number]
            assert {"page_head": "Sida", "repeated_header": "Ordernr", "totals_row": "Summa"}[
                kind
            ] == re.match(r"\w+", line)[0]  # type: ignore[index]
            if kind == "totals_row":
                assert money(cells[at["Belopp exkl. moms"]]) == led["control_total"]
                assert money(cells[at["TB"]]) == led["control_margin"]
            continue
        if number in damaged:
            continue
        assert len(cells) == len(header)
        sign = -1 if cells[at["Typ"]] == "Kredit" else 1
        value = sign * money(cells[at["Belopp exkl. moms"]])
        if cells[at["Orderdatum"]] <= world.as_of.isoformat():
            told, n_told = told + value, n_told + 1
            margin += sign * money(cells[at["TB"]])
        else:
            later, n_later = later + value, n_later + 1
    assert (rows, blank) == (led["rows"], led["blank"])
    assert (n_told, told, margin) == (
        led["accepted_rows"], led["accepted"], led["accepted_margin"],
    )  # fmt: skip
    assert (n_later, later) == (led["later_rows"], led["later"])
    assert rows == n_told + n_later + sum(led["set_aside"].values())
    assert told + later + led["set_aside_readable"][1] + led["unreadable"] == led["control_total"]


def test_reps_have_days_and_the_log_is_what_was_done(world: World, written: Written) -> None:
    done, led = world.activities, written.activities
    day = done.groupby(["rep", "date"])["hours"].sum()
    assert 10 < day.max() <= 12
    log = pd.read_csv(io.BytesIO(written.files[ACTIVITIES]), sep=";", encoding="cp1252", dtype=str,
                      keep_default_na=False)  # fmt: skip
    assert len(log) == led["rows"]
    assert log["Aktivitetsnr"].is_unique
    planted = sum(led["prospects"].values()) + led["called_off"] + led["twice"]
    assert len(log) == len(done) + planted + 2 * (led["impossible"] + led["crowded"])
    assert set(log["Kundnr"]) > set(world.merged["old"])
    assert (led["impossible"], led["crowded"], led["twice"]) == (2, 3, 14)
    # the hours told are those done, but for the minutes nobody filled in and what is planted
    told = led["accepted"]["minutes"] + led["later"]["minutes"]
    bare = sum(sum(led[b]["without"].values()) for b in ("accepted", "later"))
    assert bare / len(done) == pytest.approx(0.03, abs=0.005)
    more = 60 * (sum(led["prospects"].values()) + 32 * 2 + 16 * 3)
    assert told - more == pytest.approx(done["hours"].sum() * 60 * 0.97, rel=0.005)


def test_damaged_lines_are_where_the_truth_says(written: Written) -> None:
    lines = written.files[SALES].decode("cp1252").split("\r\n")
    assert len(written.damaged) == 12
    for row in written.damaged.itertuples():
        cells = lines[row.line - 1].split(";")
        if row.reason == "missing_customer":
            assert len(cells) == 19 and cells[5] == ""
        elif row.reason == "surplus_columns":
            assert len(cells) == 20
        elif row.reason == "missing_columns":
            assert len(cells) < 19
        elif row.reason == "unreadable_amount":
            assert cells[15].replace("\xa0", " ") == row.written
        else:
            assert row.reason == "unreadable_date" and cells[1] == row.written


def test_a_small_and_a_short_world_stand() -> None:
    world = nordverk(seed=1, n_customers=20, n_reps=1, years=3, silent_large=0, n_managers=0)
    assert len(world.customers) == 20
    assert write(world).ledger["accepted_rows"] > 100
    cal = calendar(Parameters(years=3))
    assert cal.first.isoformat() == "2023-10-01"


@pytest.fixture(scope="module")
def opened(demo_cache: Path) -> Client:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESFACT_CACHE", str(demo_cache))
        return open_client("demo")


def test_init_asks_nothing_about_the_demo(opened: Client) -> None:
    text = (opened.folder / "client.yml").read_text(encoding="utf-8")
    assert "# ASK" not in text
    assert "simulated: true" in text
    assert "name: Nordverk AB" in text


def test_ledger_of_the_demo_is_the_planted_one(
    opened: Client, world: World, written: Written
) -> None:
    told, led = opened.facts.ledger, written.ledger
    assert opened.facts.as_of == world.as_of
    assert opened.facts.simulated
    assert told["balanced"]
    assert told["rows_read"] == led["rows"]
    bucket = {b["bucket"]: (b["rows"], Decimal(b["money"] or 0)) for b in told["buckets"]}
    assert bucket["accepted"] == (led["goods_rows"], led["goods"])
    assert bucket["later"] == (led["goods_later_rows"], led["goods_later"])
    assert sum(rows for rows, _ in bucket.values()) == led["rows"]

    reason = {r["code"]: r for r in told["reasons"]}
    assert {c: reason[c]["rows"] for c in led["set_aside"]} == led["set_aside"]
    (services,) = [r for r in told["reasons"] if r["text"] == "frakt och avgifter"]
    assert services["rows"] == sum(rows for rows, _ in led["services"].values())
    assert Decimal(services["money"]) == sum(money for _, money in led["services"].values())
    readable = sum(Decimal(reason[c]["money"]) for c in ("missing_customer", "unreadable_date"))
    assert readable == led["set_aside_readable"][1]

    assert told["duplicates"]["rows"] == led["duplicates"]
    assert told["credit_notes"]["rows"] == led["credit_rows"]
    assert Decimal(told["credit_notes"]["money"]) == led["credits"]
    # the books differ by what the file no longer holds, to the öre
    (control,) = told["control_totals"]
    assert Decimal(control["stated"]) == led["control_total"]
    assert Decimal(control["difference"]) == led["unreadable"] != 0
    assert control["unreadable"] == (~written.damaged["readable"]).sum()
    assert bucket["unreadable"] == (control["unreadable"], 0)
    assert bucket["furniture"] == (len(written.furniture), 0)
    goods = led["set_aside_readable"][1] + Decimal(services["money"])
    assert bucket["set_aside"][1] == goods
    assert told["currencies"] == ["SEK"]


def test_activities_of_the_demo_are_the_planted_ones(opened: Client, written: Written) -> None:
    told, led = opened.facts.ledger["activities"], written.activities
    assert told["balanced"] and told["rows_read"] == led["rows"]
    log = opened.settings.sources.activities
    assert log is not None
    norms = {kind: float(hours) for kind, hours in log.norms.items()}
    assert norms == pytest.approx({k: m / 60 for k, m in led["norms"].items()}, rel=0.05)
    for bucket in told["buckets"]:
        mine = led[bucket["bucket"]]
        assert (bucket["rows"], bucket["stated"]) == (mine["rows"], mine["stated"])
        assert Decimal(bucket["hours_stated"]) * 60 == mine["minutes"]
        filled = sum(n * norms[kind] for kind, n in mine["without"].items())
        assert float(bucket["hours_norm"]) == pytest.approx(filled)
        assert (bucket["from_norm"], bucket["without"]) == (sum(mine["without"].values()), 0)
    reasons = {r["code"]: r["rows"] for r in told["reasons"]}
    assert reasons.pop("rule_1") == led["called_off"]
    assert reasons == led["set_aside"]
    lost = told["unmatched"]
    assert {f["customer"]: f["rows"] for f in lost["first"]} == led["prospects"]
    found = told["double_booked"]
    assert found["twice"]["rows"] == led["twice"]
    assert [found[w]["days"] for w in ("impossible", "crowded")] == [2, 3]


def test_effort_of_the_demo_is_the_worlds(opened: Client, world: World) -> None:
    cells = effort_cells(opened.facts).set_index(["customer", "month"])
    done = world.activities[world.activities["date"] <= "2026-09-30"]
    month = done["date"].dt.to_period("M").dt.to_timestamp()
    mine = done.groupby([done["customer"], month])["hours"].agg(["sum", "size"])
    mine.index.names = ["customer", "month"]
    both = mine.join(cells, how="outer").fillna(0)
    same = both["size"] == both["activities"]
    assert (~same).sum() < 60  # damaged and planted rows; merged numbers are one
    assert np.corrcoef(both["sum"], both["hours"])[0, 1] > 0.98


def test_damaged_rows_of_the_demo_are_named_with_their_lines(
    opened: Client, written: Written
) -> None:
    (path,) = opened.folder.glob(".salesfact/*/set_aside.csv")
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows = rows[rows["reason"].isin(written.damaged["reason"])]
    found = {(int(line), why) for line, why in zip(rows["line"], rows["reason"], strict=True)}
    planted = zip(written.damaged["line"], written.damaged["reason"], strict=True)
    assert found == set(planted)


def test_facts_of_the_demo_are_the_world(opened: Client, world: World) -> None:
    sales = opened.facts.sales
    by = opened.facts.fetch(
        sales.group_by("customer").aggregate(margin=sales["margin"].sum(), n=sales["row"].count())
    ).set_index("customer")
    hurt = 12  # damaged lines are not among the facts
    lines = world.sales[world.sales["date"] <= "2026-09-30"]
    lines = lines[~lines["product"].isin(["FRAKT", "FAKTAVG", "ÖRES"])]
    planted = lines.groupby("customer")["margin"].agg(["sum", "size"])
    assert set(by.index) == set(planted.index)  # merged numbers are one, zeros are kept
    joined = planted.join(by)
    same = joined["size"] == joined["n"]
    assert (~same).sum() <= hurt
    assert np.allclose(joined.loc[same, "sum"], joined.loc[same, "margin"], atol=0.005)
