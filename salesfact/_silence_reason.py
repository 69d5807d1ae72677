"""Why is a customer listed as silent? One sentence with its dates and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salesfact._language import N_, Language

if TYPE_CHECKING:
    import pandas as pd

REASON = (
    N_("Usually buys every {usual} days; last order {last}, {open} day ago."),
    N_("Usually buys every {usual} days; last order {last}, {open} days ago."),
)
EVERY_DAY = (
    N_("Usually buys every day; last order {last}, {open} day ago."),
    N_("Usually buys every day; last order {last}, {open} days ago."),
)
REASON_UNUSUAL = (
    N_("Last order {last}, {open} day ago."),
    N_("Last order {last}, {open} days ago."),
)


def reasons(table: pd.DataFrame, lang: Language) -> pd.Series:
    """Why each customer is listed, with dates and figures, in the reader's language."""
    import pandas as pd

    said = []
    for usual, open_gap, last in zip(
        table["usual_gap_days"], table["open_gap_days"], table["last_order"], strict=True
    ):
        days = None if pd.isna(usual) else round(float(usual))
        if days is None:
            text = lang.text(*REASON_UNUSUAL, n=open_gap)
        elif days <= 1:
            text = lang.text(*EVERY_DAY, n=open_gap)
        else:
            text = lang.text(*REASON, n=open_gap)
        said.append(
            text.format(
                usual=lang.value(days, "days"),
                last=lang.value(last, "date"),
                open=lang.value(open_gap, "days"),
            )
        )
    return pd.Series(said, index=table.index, dtype="str")
