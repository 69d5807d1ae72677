"""Group-time effects: R's `did` on its own example, hand-worked ones, and planted ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesfact._group_time import group_time

# County teen employment and state minimum wages, 2003-2007 (Callaway & Sant'Anna 2021, section 5;
# counts of the US Census Bureau's QWI, as shipped with moderndid 0.2.0, MIT). R's did, `att_gt(
# lemp, xformla = ~1, bstrap = FALSE)`, as recorded in d2cml-ai/csdid (MIT), r_ref/ref_attgt.csv and
# ref_aggte.csv; also printed in the package's "Getting started" page (never treated).
NOT_YET = {
    (2004, 2004): (-0.0193723636759221, 0.0223101128836806),
    (2004, 2005): (-0.0783190990620607, 0.0303902285433973),
    (2004, 2006): (-0.136274346328678, 0.03540338496891),
    (2004, 2007): (-0.100811363085404, 0.0343592258346732),
    (2006, 2004): (-0.00256255094261098, 0.0225302351453388),
    (2006, 2005): (-0.00193924609578875, 0.019042158605819),
    (2006, 2006): (0.00466087631997615, 0.0163355842468236),
    (2006, 2007): (-0.0412244715462175, 0.0202291807041068),
    (2007, 2004): (0.0297593647610311, 0.0145335416386514),
    (2007, 2005): (-0.0024106128000969, 0.0160312963755178),
    (2007, 2006): (-0.0310871193896889, 0.0178775113133435),
    (2007, 2007): (-0.0260544107191966, 0.0166554353492522),
}
NOT_YET_EVENT = {
    -3: (0.0297593647610311, 0.0145335416386514),
    -2: (-0.00244615388606511, 0.0131203504342708),
    -1: (-0.0242689034145076, 0.0144636816758019),
    0: (-0.0189221990834249, 0.0120445686892691),
    1: (-0.0535893473848319, 0.016946385539125),
    2: (-0.136274346328678, 0.03540338496891),
    3: (-0.100811363085404, 0.0343592258346733),
}
SIMPLE = {
    "not yet": (-0.0397636256230437, 0.0120524247873419),
    "never": (-0.0399512751551763, 0.0120340127701854),
}
NEVER_EVENT = {0: (-0.0199318167892593, 0.0118263640580582), 1: (-0.0509573670651939, 0.0168934763)}


@pytest.fixture(scope="module")
def counties() -> tuple[np.ndarray, np.ndarray]:
    data = pd.read_csv(Path(__file__).parent / "minimum_wage.csv", index_col=0)
    first = data.pop("first").to_numpy()
    return np.log(data.to_numpy(dtype=float)), np.where(first > 0, first - 2003, -1)


def test_the_published_minimum_wage_example(counties):
    lemp, start = counties
    found = group_time(lemp, start, base="varying")
    seen = {
        (2003 + g, 2003 + t): (e, s)
        for g, t, e, s in found.table[["group", "month", "estimate", "se"]].to_numpy()
    }
    assert seen.keys() == NOT_YET.keys()
    for key, value in NOT_YET.items():
        assert seen[key] == pytest.approx(value, abs=1e-9), key
    for since, value in NOT_YET_EVENT.items():
        assert tuple(found.event.loc[since, ["estimate", "se"]]) == pytest.approx(value, abs=1e-9)
    assert (found.effect, found.se) == pytest.approx(SIMPLE["not yet"], abs=1e-9)
    never = group_time(lemp, start, base="varying", controls="never")
    assert (never.effect, never.se) == pytest.approx(SIMPLE["never"], abs=1e-9)
    for since, value in NEVER_EVENT.items():
        assert tuple(never.event.loc[since, ["estimate", "se"]]) == pytest.approx(value, abs=1e-9)
    assert (found.customers, found.always) == (500, 0)


def test_the_base_changes_leads_only(counties):
    lemp, start = counties
    a = group_time(lemp, start, base="varying").event
    b = group_time(lemp, start).event
    after = [e for e in a.index if e >= 0]
    np.testing.assert_allclose(a.loc[after, "estimate"], b.loc[after, "estimate"], atol=1e-12)
    assert -1 not in b.index  # the base itself


def test_by_hand():
    # two reached in month 1, one in month 2, one never; the second is a control in month 1 only
    y = [[10, 16, 20], [20, 26, 30], [5, 6, 12], [8, 9, 11]]
    found = group_time(y, [1, 1, 2, -1])
    effect = found.table.set_index(["group", "month"])["estimate"]
    assert effect[(1, 1)] == 6 - 1
    assert effect[(1, 2)] == 10 - 3
    assert effect[(2, 2)] == 6 - 2
    assert effect[(2, 0)] == -1 - (-1)  # controls: the one never reached; month 1 is the base
    assert found.event.loc[0, "estimate"] == pytest.approx((2 * 5 + 4) / 3)
    ratio = group_time(y, [1, 1, 2, -1], scale="ratio").table.set_index(["group", "month"])
    assert ratio.loc[(1, 1), "estimate"] == pytest.approx(np.log(42 / 30) - np.log(15 / 13))
    wide = group_time(y, [-1, -1, 2, -1], base_months=2).table.set_index(["group", "month"])
    assert wide.loc[(2, 2), "estimate"] == pytest.approx(12 - 5.5 - np.mean([7, 7, 2.5]))


@pytest.mark.parametrize("scale", ["difference", "ratio"])
def test_planted_effects_are_found_and_covered(scale, monkeypatch):
    monkeypatch.setattr("salesfact._group_time.DRAWS", 199)
    inside, leads = [], []
    for seed in range(24):
        rng = np.random.default_rng(900 + seed)
        start = rng.choice([6, 9, 12, -1], 200)
        level = np.exp(rng.standard_normal(200))[:, None] if scale == "ratio" else 1.0
        reached = (np.arange(16) >= start[:, None]) & (start[:, None] > 0)
        mu = level * 8 * np.exp(0.2 * np.sin(np.arange(16))) * np.exp(0.3 * reached)
        found = group_time(rng.poisson(mu), start, scale=scale, seed=seed)
        if scale == "ratio":
            inside.append(abs(found.effect - 0.3) < 1.96 * found.se)
        else:
            extra = [
                mu[start == g, t].mean() * (1 - np.exp(-0.3))
                for g, t in found.table.query("month >= group")[["group", "month"]].to_numpy()
            ]
            weight = found.table.query("month >= group")["treated"]
            truth = np.average(extra, weights=weight)
            inside.append(abs(found.effect - truth) < 1.96 * found.se)
        leads.append(found.lead_p < 0.1)
        assert found.event["band_low"].le(found.event["low"]).all()
    assert np.mean(inside) >= 0.85  # 95 % nominal, 24 seeds
    assert np.mean(leads) <= 0.25  # 10 % nominal


def test_a_regression_with_a_dummy_would_have_been_wrong():
    # effects that grow: early customers as controls for late ones hide them
    rng = np.random.default_rng(1)
    start = np.repeat([2, 6], 50)
    since = np.maximum(np.arange(10) - start[:, None] + 1, 0)
    y = 100 + since * 5.0 + rng.standard_normal((100, 10))
    effect = group_time(y, start).table
    assert set(map(tuple, effect.query("month >= group")[["group", "month"]].to_numpy())) == {
        (2, 2),
        (2, 3),
        (2, 4),
        (2, 5),
    }  # once everyone is reached there is nobody to compare with
    np.testing.assert_allclose(
        effect.query("month >= group")["estimate"], [5, 10, 15, 20], atol=1.0
    )


def test_order_does_not_matter_and_faults_are_told(counties):
    lemp, start = counties
    order = np.random.default_rng(2).permutation(len(start))
    a, b = group_time(lemp, start), group_time(lemp[order], start[order])
    np.testing.assert_allclose(a.event["se"], b.event["se"], rtol=1e-9)
    with pytest.raises(ValueError, match="nobody"):
        group_time(lemp, np.full(500, 2))
    with pytest.raises(ValueError, match="scale"):
        group_time(lemp, start, scale="log")
    with pytest.raises(ValueError, match="row"):
        group_time(lemp, start[:5])
    always = np.where(start == 1, 0, start)
    assert group_time(lemp, always).always == 20


def test_a_start_after_the_last_month_is_refused():
    with pytest.raises(ValueError, match="a position of a month"):
        group_time(np.ones((4, 6)), np.array([-1, 3, 6, 7]))
