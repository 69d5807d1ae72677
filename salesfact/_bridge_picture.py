"""How does a bridge look? Steps from one period's revenue to the next, with their money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from salesfact import _style
from salesfact._language import N_

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from salesfact._result import Result

_STEPS = {
    "lost": N_("Stopped buying"),
    "new": N_("New customers"),
    "returned": N_("Came back"),
    "credits": N_("Late credit notes"),
    "contracted": N_("Stayed, bought less"),
    "expanded": N_("Stayed, bought more"),
}
_CAUSES = {
    "volume": N_("Volume"),
    "mix": N_("Mix"),
    "range": N_("Products added and dropped"),
    "price": N_("Price"),
    "other": N_("Cannot be split"),
}


def draw_waterfall(parts: pd.DataFrame, ax: Axes, result: Result) -> None:
    """The bridge from top to bottom, and below it why those who stayed changed.

    The scale does not begin at zero, as the steps would be too small to see; therefore the two
    totals are points, not bars.
    """
    lang = result.language
    money_of: Any = parts["amount"]
    amount = {part: float(x) for part, x in money_of.items()}
    number: Any = parts["customers"]
    sums = [x for v in amount.values() for x in (v, -v)]
    told = dict(zip(sums, lang.money_labels(sums, result.source.currency), strict=True))

    def period(which: str) -> str:
        first, last = (result.figures[f"{which}_{e}"] for e in ("start", "end"))
        return f"{lang.value(first.value, 'month')} – {lang.value(last.value, 'month')}"

    rows: list[tuple[str, str, float, float, str]] = []  # kind, label, from, to, money
    level = amount["earlier"]
    rows.append(("total", period("earlier"), level, level, told[level]))

    def step(part: str, label: str) -> None:
        nonlocal level
        change = amount[part]
        money = told[change]
        if change > 0:  # the sign stands where a minus would
            money = told[-change].replace("\u2212", "+")
        rows.append(("step", label, level, level + change, money))
        level += change

    for part, label in _STEPS.items():
        if part == "credits" and not amount[part]:
            continue
        if part == "contracted":
            before_stayed = level
        step(part, f"{lang.text(label)} ({lang.number(int(number[part]), 0)})")
    rows.append(("total", period("later"), amount["later"], amount["later"], ""))
    rows[-1] = (*rows[-1][:4], told[amount["later"]])
    if result.parameters["separable"]:
        rows.append(("head", lang.text(N_("Why those who stayed changed")), level, level, ""))
        level = before_stayed
        for part, label in _CAUSES.items():
            step(part, lang.text(label))
    _draw_rows(rows, ax, amount["later"])


def _draw_rows(rows: list[tuple[str, str, float, float, str]], ax: Axes, end: float) -> None:
    low = min(min(a, b) for _, _, a, b, _ in rows)
    high = max(max(a, b) for _, _, a, b, _ in rows)
    span = (high - low) or abs(high) or 1.0
    narrow = _style.is_narrow(ax)  # then the names stand above their steps
    thick = 0.3 if narrow else 0.62
    ax.axvline(end, color=_style.LINE, lw=1, zorder=0)
    for y, (kind, label, start, stop, money) in enumerate(rows):
        colour = _style.INK if kind == "total" else _colour(stop - start)
        if kind == "total":
            ax.plot([start], [y], "o", color=_style.INK, ms=8, zorder=3)
        elif kind == "step":
            ax.barh(y, stop - start, left=start, height=thick, color=colour, zorder=2)
            if y + 1 < len(rows) and rows[y + 1][0] == "step" and not narrow:
                top = y + 0.31 if stop != start else y - 0.31
                ax.plot([stop, stop], [top, y + 0.69], color=_style.MUTED, lw=0.8, zorder=1)
        weight = "bold" if kind == "total" else "normal"
        beside: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "center"}
        ax.text(1, y, money, ha="right", color=colour, fontweight=weight, **beside)
        if narrow:
            ax.text(
                0,
                y - 0.42,
                label,
                ha="left",
                color=_style.MUTED if kind == "head" else _style.INK,
                fontweight="normal" if kind == "step" else "bold",
                **beside,
            )
    if narrow:
        ax.set_yticks([])
    else:
        ax.set_yticks(range(len(rows)), [label for _, label, *_ in rows])
        for tick, (kind, *_) in zip(ax.get_yticklabels(), rows, strict=True):
            tick.set_color(_style.MUTED if kind == "head" else _style.INK)
            tick.set_fontweight("normal" if kind == "step" else "bold")
    ax.set_ylim(len(rows) - 0.4, -0.8 if narrow else -0.6)
    # the money stands in the right margin
    ax.set_xlim(low - span * 0.04, high + span * (0.5 if narrow else 0.30))
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)


def _colour(change: float) -> str:
    if change == 0:
        return _style.MUTED
    return _style.GREEN if change > 0 else _style.ORANGE
