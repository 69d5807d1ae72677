"""What changed between two years? A revenue bridge whose parts add up to the last öre."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from salesfact._bridge_told import CAUSES, KINDS, TOO_SHORT, Bridge
from salesfact._periods import FIXED, Period, fixed, midnight, with_names
from salesfact._store import stored

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from salesfact._facts import Facts

# what a price times a quantity may come to, in ten-thousandths; beyond, it is no price
LIMIT = 10**15


@stored
def bridge(facts: Facts, *, as_of: dt.date | None = None, months: int = 12) -> Bridge:
    """What changed between the last `months` months and the equally many before them?

    Parameters
    ----------
    facts : Facts
        The client's facts.
    as_of : date, optional
        Look back from this day instead of the facts' own `as_of`.
    months : int, default 12
        Length of each period. Other lengths than 12 let seasons into the difference.

    Returns
    -------
    Bridge
        Per customer and as a whole; parts sum exactly to the difference in revenue.

    Notes
    -----
    A customer *buys* in a period when it has a line with a positive amount there. Bought only
    later: **new**, or **returned** if it had bought before the earlier period. Bought only
    earlier: **lost**. Bought in both: **expanded**, **contracted** or unchanged by the sign of
    its change. Bought in neither, but credited: **credits only**. Credit notes and returns
    count as negative revenue in the period they are dated.

    Customers who bought in both periods are split by cause. Lines are summed by product, returns
    netted against sales, which gives revenue r and quantity q of each period (0: earlier, 1:
    later). Over products with q0 > 0 and q1 > 0, with p = r / q and, within each of the
    client's finest product groups, R = sum(r) and Q = sum(q)::

        price   = sum((p1 - p0) * q1)
        volume  = sum over groups of R0 * (Q1 / Q0 - 1)
        mix     = sum(p0 * q1) - sum(r0) - volume
        range   = later revenue of products only bought later, less earlier revenue of products
                  only bought earlier
        other   = all else: lines without product or quantity, products with more returned
                  than bought in a period

    This is the usual analysis of sales variances (selling price, sales quantity, sales mix; see
    Horngren, Datar and Rajan, *Cost Accounting*), with the earlier period in place of the budget
    and each customer's own mix. Quantities are added only within a product group, as boxes of
    screws and machines do not add up (without groups: over all of the customer's products);
    where units differ there too, the border between volume and mix, not their sum, depends on
    them. Products of p0 * q1 and volumes are rounded to a ten-thousandth each, and mix takes
    the rest, so that nothing is lost.

    A period counts as covered when the facts begin within its first month.

    Raises
    ------
    SettingsError
        If `months` is not a whole number from 1.
    LeakageError, FactsError
        See `Facts.cut`.

    Examples
    --------
    >>> import pandas as pd, salesfact as sf
    >>> lines = pd.DataFrame(
    ...     {
    ...         "customer": ["a", "a", "b"],
    ...         "date": ["2025-11-30", "2025-12-31", "2025-12-31"],
    ...         "amount": [10.0, 12.0, 5.0],
    ...     }
    ... )
    >>> sf.bridge(sf.Facts.from_frames(lines), months=1).table[["kind", "change"]].values.tolist()
    [['new', 5.0], ['expanded', 2.0]]
    """
    facts = facts if as_of is None else facts.cut(as_of)
    later = Period.last(facts.as_of, months)
    earlier = later.before()
    separable = {"product", "quantity"} <= facts.has
    parameters = {
        "months": months,
        "later_start": later.start,
        "later_end": later.end,
        "earlier_start": earlier.start,
        "earlier_end": earlier.end,
        "first": facts.first,
        "separable": separable,
    }
    if not earlier.covered_from(facts.first):
        return Bridge(table=_empty(), source=facts.source, parameters=parameters, refusal=TOO_SHORT)
    found: Any = facts.fetch(with_names(facts, _by_customer(facts, earlier, later, separable)))
    found = found.set_index("customer")
    split = _split(found)
    table = found[["name"]].copy()
    table["kind"] = _kind(found)
    for name in ("earlier", "later", "change", *CAUSES):
        table[name] = split[name] / FIXED
    stayed = table["kind"].isin(["expanded", "contracted", "unchanged"])
    table.loc[~stayed, list(CAUSES)] = float("nan")
    order = split["change"].abs().sort_values(ascending=False, kind="stable").index
    return Bridge(
        table=table.loc[order],
        tables={"parts": _parts(split, table["kind"], stayed)},
        source=facts.source,
        parameters=parameters,
    )


def _by_customer(facts: Facts, earlier: Period, later: Period, separable: bool) -> ir.Table:
    """Per customer: revenue of both periods, when it bought, and the sums the split needs."""
    import ibis

    sales: Any = facts.sales
    at = ibis.ifelse(
        sales.date >= midnight(later.start),
        1,
        ibis.ifelse(sales.date >= midnight(earlier.start), 0, -1),
    )
    known = (sales.product.notnull() & sales.quantity.notnull()) if separable else False
    lines: Any = sales.mutate(at=at, known=ibis.literal(known) if known is False else known)
    # before the earlier period only "has bought" counts, so its products need no rows
    lines = lines.mutate(
        known=lines.known & (lines["at"] >= 0),
        product=ibis.ifelse(
            lines.known & (lines["at"] >= 0), lines["product"], ibis.null("string")
        ),
    )
    was, now = lines["at"] == 0, lines["at"] == 1
    bought = lines.amount > 0

    def money(where: Any) -> Any:
        return fixed(ibis.ifelse(where, lines.amount, 0))

    def units(where: Any) -> Any:
        return fixed(ibis.ifelse(where, lines.quantity, 0))

    finest = next((g for g in ("group3", "group2", "group1") if g in facts.has), None)
    cells: Any = lines.group_by("customer", "product", "known").aggregate(
        family=ibis.null("string") if finest is None else lines[finest].max(),
        r0=money(was),
        r1=money(now),
        q0=units(was),
        q1=units(now),
        n0=was.sum(),
        n1=now.sum(),
        bought_before=(bought & (lines["at"] < 0)).any(),
        bought_earlier=(bought & was).any(),
        bought_later=(bought & now).any(),
    )
    # at the earlier price, what was bought later would have cost this
    ratio = cells.q1.cast("float64") / cells.q0.nullif(0).cast("float64")
    old = cells.r0.cast("float64") * ratio
    old: Any = ibis.ifelse(old.abs() < LIMIT, old, None)
    cells = cells.mutate(old=old.round().cast("int64"))
    sold = cells.known & (cells.q0 >= 0) & (cells.q1 >= 0)
    both = sold & (cells.q0 > 0) & (cells.q1 > 0) & cells.old.notnull()
    one = sold & ((cells.q0 == 0) != (cells.q1 == 0))

    def over(value: Any, where: Any) -> Any:
        return value.sum(where=where).fill_null(0).cast("int64")

    families: Any = cells.group_by("customer", "family").aggregate(
        earlier=cells.r0.sum().cast("int64"),
        later=cells.r1.sum().cast("int64"),
        lines=(cells.n0 + cells.n1).sum().cast("int64"),
        r0=over(cells.r0, both),
        r1=over(cells.r1, both),
        q0=over(cells.q0, both),
        q1=over(cells.q1, both),
        old=over(cells.old, both),
        range=over(cells.r1 - cells.r0, one),
        bought_before=cells.bought_before.any(),
        bought_earlier=cells.bought_earlier.any(),
        bought_later=cells.bought_later.any(),
    )
    growth = families.q1.cast("float64") / families.q0.nullif(0).cast("float64") - 1
    volume = families.r0.cast("float64") * growth
    volume: Any = ibis.ifelse(volume.abs() < LIMIT, volume, 0.0)
    sums = ("earlier", "later", "lines", "r0", "r1", "old", "range")
    seen = ("bought_before", "bought_earlier", "bought_later")
    people: Any = families.group_by("customer").aggregate(
        **{name: families[name].sum().cast("int64") for name in sums},
        volume=volume.fill_null(0.0).round().cast("int64").sum().cast("int64"),
        **{name: families[name].any() for name in seen},
    )
    return people.filter(people["lines"] > 0)


def _kind(found: Any) -> Any:
    """What happened to each customer: a key of `KINDS`."""
    import numpy as np
    import pandas as pd

    was, now = found["bought_earlier"], found["bought_later"]
    change = found["later"] - found["earlier"]
    kind = np.select(
        [
            was & now & (change > 0),
            was & now & (change < 0),
            was & now,
            was,
            now & found["bought_before"],
            now,
        ],
        ["expanded", "contracted", "unchanged", "lost", "returned", "new"],
        "credits",
    )
    return pd.Series(kind, index=found.index, dtype="str")


def _split(found: Any) -> Any:
    """Causes per customer in whole ten-thousandths; they sum to the change by construction."""
    change = found["later"] - found["earlier"]
    return found[["earlier", "later", "range", "volume"]].assign(
        change=change,
        mix=found["old"] - found["r0"] - found["volume"],
        price=found["r1"] - found["old"],
        other=change - (found["r1"] - found["r0"]) - found["range"],
    )


def _parts(split: Any, kind: Any, stayed: Any) -> pd.DataFrame:
    """The bridge as a whole, in exact money."""
    import pandas as pd

    sums = {
        "earlier": (int(split["earlier"].sum()), int((split["earlier"] != 0).sum())),
        **{k: (int(split["change"][kind == k].sum()), int((kind == k).sum())) for k in KINDS},
        "later": (int(split["later"].sum()), int((split["later"] != 0).sum())),
        "change": (int(split["change"].sum()), len(split)),
        **{c: (int(split[c][stayed].sum()), int(stayed.sum())) for c in CAUSES},
    }
    return pd.DataFrame(
        {
            "amount": [Decimal(x).scaleb(-4) for x, _ in sums.values()],
            "customers": [n for _, n in sums.values()],
        },
        index=pd.Index(list(sums), name="part"),
    )


def _empty() -> pd.DataFrame:
    import pandas as pd

    columns = ["name", "kind", "earlier", "later", "change", *CAUSES]
    return pd.DataFrame(columns=columns, index=pd.Index([], name="customer"))
