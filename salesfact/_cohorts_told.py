"""What does the answer to `cohorts` say? Its figures, sentences and picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from salesfact import _style
from salesfact._language import N_
from salesfact._result import Column, Figure, Refusal, Result, Sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SHOWN = 12  # cohorts and ages in the picture
FEW = 5  # a share of fewer customers says nothing
_AGES_NARROW = 5  # ages on a phone
_AGES = 200


@dataclass(frozen=True, kw_only=True, repr=False)
class Cohorts(Result):
    """Do customers stay: one row per cohort of first purchase, oldest first.

    `table` has index `cohort` (`2025`, `2025/26`, `2025 Q3`) and columns `already` (the cohort
    begins so early that its customers may have bought before the facts begin), `customers`, and
    `share_0`, `share_1`, ...: the part of them active so many periods later (NaN: not yet
    observed). `tables` holds the same cells as `active` (customers), `revenue` (currency) and
    `money` (revenue as a share of the first period's).
    """

    title: ClassVar[str] = N_("Do customers stay?")
    columns: ClassVar[Mapping[str, Column]] = {
        "cohort": Column(N_("First bought"), "text"),
        "who": Column(N_("Which customers"), "term"),
        "customers": Column(N_("Customers"), "customers"),
        **{f"share_{a}": Column(f"+{a}", "share") for a in range(1, _AGES)},
    }

    @classmethod
    def compute_figures(
        cls,
        table: pd.DataFrame,
        tables: Mapping[str, pd.DataFrame],
        parameters: Mapping[str, Any],
    ) -> dict[str, Figure]:
        """How many new customers buy again, and what became of those there from the start."""
        frame = cast("Any", table)
        figures = {
            "first": Figure(parameters["first"], unit="date"),
            "last": Figure(parameters["last"], unit="text"),
        }
        if "share_1" not in frame or not frame["share_1"].notna().any():
            return figures
        judged = frame[~frame["already"] & frame["share_1"].notna()]
        if len(judged):
            again = tables["active"].loc[judged.index, "active_1"]
            figures |= {
                "new": Figure(int(judged["customers"].sum()), unit="customers"),
                "kept": Figure(float(again.sum() / judged["customers"].sum()), unit="share"),
                "oldest": Figure(str(judged.index[0]), unit="text"),
                "newest": Figure(str(judged.index[-1]), unit="text"),
                "newest_new": Figure(int(judged["customers"].iloc[-1]), unit="customers"),
                "newest_kept": Figure(float(judged["share_1"].iloc[-1]), unit="share"),
            }
        # a cohort without a later period has had no time to leave
        already = frame[frame["already"] & frame["share_1"].notna()]
        if len(already):
            active = tables["active"].loc[already.index]
            # each cohort's latest observed cell is the same period: the last complete one
            still = sum(float(row.dropna().iloc[-1]) for _, row in active.iterrows())
            figures |= {
                "already": Figure(int(already["customers"].sum()), unit="customers"),
                "already_kept": Figure(still / int(already["customers"].sum()), unit="share"),
            }
        return figures

    def sentences(self) -> Sequence[Sentence]:
        year, value = self.parameters["by"] == "year", self.figures
        said = []
        if "kept" in value and value["new"].value == 1:
            said.append(self._one_new())
        elif "kept" in value:
            said.append(
                Sentence(
                    N_(
                        "Of the {new} customers who first bought in {newest}, {kept} bought again "
                        "the year after."
                    )
                    if year
                    else N_(
                        "Of the {new} customers who first bought in {newest}, {kept} bought again "
                        "the quarter after."
                    )
                )
                if value["oldest"].value == value["newest"].value
                else Sentence(
                    N_(
                        "Of the {new} customers who first bought from {oldest} to {newest}, "
                        "{kept} bought again the year after."
                    )
                    if year
                    else N_(
                        "Of the {new} customers who first bought from {oldest} to {newest}, "
                        "{kept} bought again the quarter after."
                    )
                )
                if value["newest_new"].value < FEW
                else Sentence(
                    N_(
                        "Of the {new} customers who first bought from {oldest} to {newest}, "
                        "{kept} bought again the year after; of the latest {newest_new}, "
                        "{newest_kept}."
                    )
                    if year
                    else N_(
                        "Of the {new} customers who first bought from {oldest} to {newest}, "
                        "{kept} bought again the quarter after; of the latest {newest_new}, "
                        "{newest_kept}."
                    )
                )
            )
        if "already" in value and value["already"].value == 1:
            said.append(self._one_already())
        elif "already" in value:
            said.append(
                Sentence(
                    N_(
                        "Of the {already} who bought soon after the facts begin ({first}), and "
                        "may have been customers before, {already_kept} still bought in {last}."
                    )
                )
            )
        return said

    def _one_new(self) -> Sentence:
        """A part of one customer is no part: it bought again or it did not."""
        year, again = self.parameters["by"] == "year", self.figures["kept"].value > 0
        if year:
            return Sentence(
                N_("The one customer who first bought in {newest} bought again the year after.")
                if again
                else N_("The one customer who first bought in {newest} did not buy the year after.")
            )
        return Sentence(
            N_("The one customer who first bought in {newest} bought again the quarter after.")
            if again
            else N_("The one customer who first bought in {newest} did not buy the quarter after.")
        )

    def _one_already(self) -> Sentence:
        """The same of the one who may have been a customer before."""
        return Sentence(
            N_(
                "The one who bought soon after the facts begin ({first}), and may have been a"
                " customer before, still bought in {last}."
            )
            if self.figures["already_kept"].value > 0
            else N_(
                "The one who bought soon after the facts begin ({first}), and may have been a"
                " customer before, did not buy in {last}."
            )
        )

    def headline(self) -> Sentence | None:
        if "kept" not in self.figures:
            if self.figures["already"].value == 1:
                return self._one_already()
            return Sentence(N_("{already_kept} of the first customers bought in {last}"))
        if self.figures["new"].value == 1:
            return self._one_new()
        return Sentence(
            N_("{kept} of {new} new customers bought again the year after")
            if self.parameters["by"] == "year"
            else N_("{kept} of {new} new customers bought again the quarter after")
        )

    def shown(self) -> pd.DataFrame:
        already, new = N_("already customers"), N_("new")
        return self.table.assign(who=[already if a else new for a in self.table["already"]])

    @property
    def size(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As high as there are cohorts to draw, in inches."""
        later = cast("Any", self.table).filter(regex="^share_[1-9]").notna()
        rows = min(int(later.any(axis=1).sum()), SHOWN)
        return 7.6, 0.75 + max(0.6, 0.3 * rows if rows > 8 else 0.38 * rows)

    @property
    def narrow_size(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The same for a phone."""
        return _style.NARROW, self.size[1]

    def draw(self, ax: Axes) -> None:
        draw_cohorts(self.table, ax, self)


def draw_cohorts(table: pd.DataFrame, ax: Axes, result: Result) -> None:
    """The latest cohorts as a heatmap with the shares written in; unobserved cells stay empty."""
    import numpy as np
    import seaborn as sns
    from matplotlib.colors import LinearSegmentedColormap, to_rgb

    lang, frame = result.language, cast("Any", table)
    narrow = _style.is_narrow(ax)
    most = _AGES_NARROW if narrow else SHOWN
    ages = [c for c in frame.columns if c.startswith("share_")][1 : most + 1]
    rows = frame[frame[ages].notna().any(axis=1)].tail(SHOWN)
    shares = rows[ages].to_numpy()
    # one colour that only grows denser: text stays readable on it, on a light or a dark page
    blue = to_rgb(_style.BLUE)
    dense = LinearSegmentedColormap.from_list("dense", [(*blue, 0.04), (*blue, 0.55)])
    text = np.array(
        [["" if np.isnan(v) else lang.share(float(v), 0) for v in row] for row in shares]
    )
    sns.heatmap(
        shares,
        mask=np.isnan(shares),
        annot=text,
        fmt="",
        cmap=dense,
        vmin=0,
        vmax=1,
        cbar=False,
        linewidths=0,
        annot_kws={"color": _style.INK, "fontsize": 9 if len(ages) <= 8 else 8},
        ax=ax,
    )
    already, new = lang.text(N_("already customers")), lang.text(N_("new"))
    labels = [
        f"{cohort} ({lang.number(int(n), 0)})"
        if narrow  # those who were there already stand in italics
        else f"{cohort}  ({lang.number(int(n), 0)} {already if a else new})"
        for cohort, n, a in zip(rows.index, rows["customers"], rows["already"], strict=True)
    ]
    ax.set_yticks(np.arange(len(rows)) + 0.5, labels, rotation=0)
    for tick, a in zip(ax.get_yticklabels(), rows["already"], strict=True):
        tick.set_color(_style.MUTED if a else _style.INK)
        tick.set_fontstyle("italic" if a else "normal")
    ax.set_xticks(
        np.arange(len(ages)) + 0.5, [f"+{c.removeprefix('share_')}" for c in ages], rotation=0
    )
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set_xlabel(
        lang.text(N_("years after the first purchase"))
        if result.parameters["by"] == "year"
        else lang.text(N_("quarters after the first purchase"))
    )
    ax.set_ylabel("")
    ax.tick_params(length=0)


NO_NEXT = Refusal(
    Sentence(
        N_(
            "Whether customers stay cannot be told yet: the facts begin on {first} and no whole "
            "period follows a first one."
        )
    ),
    Sentence(N_("Supply older sales, or look by quarter.")),
)
