"""How does it look to find the money? Gain curves of a list, the naive one, and chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from salesfact import _style
from salesfact._language import N_

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from salesfact._result import Result


def draw_gain(table: pd.DataFrame, ax: Axes, result: Result) -> None:
    """Customers called across, the part of the money found up; a line where capacity ends.

    Parameters
    ----------
    table : DataFrame
        `list`, `customers`, `share`; the first list is ours, the second the naive one, then
        `random` and `perfect`.
    """
    lang, curves = result.language, table
    narrow, value = _style.is_narrow(ax), result.figures
    names = list(dict.fromkeys(curves["list"]))
    ours, naive = names[0], names[1]
    k, most = value["k"].value, value["customers"].value
    looks: dict[str, dict[str, Any]] = {
        "perfect": {"color": _style.MUTED, "lw": 0.9, "zorder": 1},
        "random": {"color": _style.MUTED, "lw": 0.9, "ls": (0, (1, 2)), "zorder": 1},
        naive: {"color": _style.ORANGE, "lw": 1.8, "ls": (0, (4, 2)), "zorder": 3},
        ours: {"color": _style.BLUE, "lw": 2.4, "zorder": 2},
    }
    share = lang.text(N_("{name}: {share}"))
    labels = {
        ours: share.format(
            name=lang.value(value["list"].value, "term"),
            share=lang.share(value["share"].value),
        ),
        naive: share.format(
            name=lang.value(value["naive_list"].value, "term"),
            share=lang.share(value["naive_share"].value),
        ),
        "perfect": lang.text(N_("if one had known the future")),
        "random": lang.text(N_("drawn by lot")),
    }
    for name, look in looks.items():
        curve = curves[curves["list"] == name]
        ax.plot(curve["customers"], curve["share"], label=labels[name], **look)
    ax.axvline(k, color=_style.MUTED, lw=1, zorder=0)
    ax.annotate(
        lang.text(N_("{k} customers called")).format(k=lang.number(k, 0)),
        (k, 0),
        xytext=(5, 4),
        textcoords="offset points",
        color=_style.MUTED,
        fontsize=8.5,
        va="bottom",
        ha="left" if k < 0.6 * most else "right",
    )
    ax.plot([k], [value["naive_share"].value], "o", color=_style.ORANGE, ms=6, zorder=4)
    ax.plot([k], [value["share"].value], "o", color=_style.BLUE, ms=6, zorder=5)
    ax.set_xlim(0, most)
    ax.set_ylim(0, 1.03)
    handles, said = ax.get_legend_handles_labels()
    order = [said.index(labels[n]) for n in (ours, naive, "perfect", "random")]
    ax.legend(
        [handles[i] for i in order],
        [said[i] for i in order],
        loc="upper left" if narrow else "lower right",
        bbox_to_anchor=(0, -0.22) if narrow else (1.0, 0.08),
        fontsize=8.5,
        labelcolor=_style.INK,
    )
    _style.share_axis(ax.yaxis, lang)
    ax.tick_params(length=0)
    ax.set_xlabel(lang.text(N_("customers called, first on the list first")))
    ax.set_ylabel(
        lang.text(
            N_("share of margin")
            if result.parameters["money"] == "margin"
            else N_("share of revenue")
        )
    )
