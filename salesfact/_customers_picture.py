"""How does concentration look? The whale curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salesfact import _style
from salesfact._language import N_

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from salesfact._result import Result


def draw_whale(table: pd.DataFrame, ax: Axes, result: Result) -> None:
    """The whale curve: share of customers across, cumulative share of money up."""
    import numpy as np
    from matplotlib.ticker import MultipleLocator

    lang, n, narrow = result.language, len(table), _style.is_narrow(ax)
    x = np.arange(n + 1) / n
    y = np.concatenate([[0.0], table["cumulative_share"].to_numpy()])
    top = max(1.0, float(y.max()))
    ax.plot([0, 1], [0, 1], color=_style.LINE, lw=1, zorder=1)
    ax.fill_between(x, y, x, color=_style.PALE, alpha=0.45, lw=0, zorder=1)
    ax.plot(x, y, color=_style.BLUE, lw=2.2, zorder=3, solid_capstyle="round")
    ax.text(
        0.60,
        0.52,
        lang.text(N_("if all were equally large")),
        color=_style.MUTED,
        ha="left",
        va="top",
        fontsize=8.5,
    )

    def mark(at: int, text: str, dx: float, dy: float, colour: str) -> None:
        ax.plot([x[at]], [y[at]], "o", color=colour, ms=6, zorder=4)
        ax.annotate(
            text.replace(", ", "\n") if narrow else text,
            (x[at], y[at]),
            xytext=(dx, dy),
            textcoords="offset points",
            color=colour,
            fontsize=9,
            va="center",
            ha="left",
        )

    value, currency = result.figures, result.source.currency
    a = value["a_customers"].value
    mark(
        a,
        lang.text(
            "class A: {customers} customer, {share}", "class A: {customers} customers, {share}", a
        ).format(customers=lang.number(a, 0), share=lang.share(float(y[a]))),
        10,
        -9,
        _style.BLUE,
    )
    if value["loss_customers"].value:
        peak = int(y.argmax())
        words = (
            N_("from here {n} customer costs money: {money}"),
            N_("from here {n} customers cost money: {money}"),
        )
        if result.parameters["money"] != "margin":
            words = (
                N_("{n} customer returned more than it bought: {money}"),
                N_("{n} customers returned more than they bought: {money}"),
            )
        ax.plot([x[peak]], [y[peak]], "o", color=_style.ORANGE, ms=6, zorder=4)
        ax.plot(x[peak:], y[peak:], color=_style.ORANGE, lw=2.2, zorder=4)
        told = lang.text(*words, value["loss_customers"].value).format(
            n=lang.number(value["loss_customers"].value, 0),
            money=lang.money(value["loss_size"].value, currency),
        )
        ax.annotate(
            told.replace(": ", ":\n") if narrow else told,
            (x[peak], y[peak]),
            xytext=(0, 10),
            textcoords="offset points",
            color=_style.ORANGE,
            fontsize=9,
            ha="right" if x[peak] > 0.45 else "left",
            va="bottom",
        )
    ax.axhline(1, color=_style.LINE, lw=1, zorder=0)
    ax.set_xlim(0, 1.005)
    ax.set_ylim(0, top * 1.12)
    ax.set_xticks(
        [0.5, 1.0] if narrow else [0.25, 0.5, 0.75, 1.0]
    )  # both axes begin at 0; one says so
    ax.yaxis.set_major_locator(MultipleLocator(0.25 if top < 1.6 else 0.5))
    _style.share_axis(ax.xaxis, lang)
    _style.share_axis(ax.yaxis, lang)
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.set_xlabel(lang.text(N_("share of customers, largest first")))
    ax.set_ylabel(
        lang.text(
            N_("share of margin")
            if result.parameters["money"] == "margin"
            else N_("share of revenue")
        )
    )
