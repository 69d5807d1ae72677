"""May we say that hours show in sales? The frozen gate, one row for each condition.

The rule is frozen and not tuned: every row that was run must hold. What it lets through by mistake,
and what it misses, was tried on worlds with known truth and is in docs/response.md. A pass is
worded *consistent with an effect*: nobody drew lots for the hours. The row *memory* came later. It
closes the rule's worst blind spot, costs some power, and is shown beside it:
`claimed(rows, strict=True)`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from salesfact._language import N_
from salesfact._said import Said, said
from salesfact._timing import Timing

SMALLEST_EFFECT = 0.05  # slope; sales 3.5 % higher where hours about double
LEAST_CUSTOMERS = 100
SEEN = 2.8  # standard errors: found in four of five cases at two-sided 95 %
CLEAR = 1.96
CLEAR_BLOCK = 1.645
LEAST_P = 0.10
PART_LEFT = 0.5
TINY = 1e-9  # a standard error that is none
MOST_AFTER_ORDER = 0.20


@dataclass(frozen=True)
class Gate:
    """One condition.

    Parameters
    ----------
    name : str
        `customers`, `precision`, `effect`, `lead`, `feedback`, `block size`, `block`, `logging`,
        `control` or `memory`.
    tested : str
        What was tested, to be told in the client's language.
    figure, threshold : float
        What was seen, and what it is held against; NaN where not run.
    at_least : bool
        Whether the figure must reach the threshold (else: not exceed it).
    passed : bool or None
        None: not run.
    meaning : str
        In plain words.
    """

    name: str
    tested: Said
    figure: float
    threshold: float
    at_least: bool
    passed: bool | None
    meaning: Said


def gates(
    seen: Timing,
    *,
    smallest_effect: float = SMALLEST_EFFECT,
    after_order: float | None = None,
    control: float | None = None,
) -> tuple[Gate, ...]:
    """All rows, in the order they are read.

    Parameters
    ----------
    seen : Timing
        From `timing`.
    smallest_effect : float
        The smallest slope that would matter to the client.
    after_order : float, optional
        Share of activities logged on the day of an order or within two days after it.
    control : float, optional
        p of a negative control (`control_p`).

    Raises
    ------
    ValueError
        If `smallest_effect` is not above zero.
    """
    if not smallest_effect > 0:
        raise ValueError("the smallest effect that matters lies above 0")
    z, z_block = _ratio(seen.slope, seen.se), _ratio(seen.block, seen.block_se)
    smallest = SEEN * seen.se
    told = {"seen": 2**smallest - 1, "matters": 2**smallest_effect - 1}
    return (
        _row(
            "customers",
            said(N_("Customers whose hours change and who buy")),
            float(seen.changing),
            LEAST_CUSTOMERS,
            True,
            said(N_("There are enough customers to learn from.")),
            said(N_("Too few customers buy and see their hours change.")),
        ),
        _row(
            "precision",
            said(N_("The smallest effect these data could show")),
            smallest,
            smallest_effect,
            False,
            said(
                N_(
                    "Where hours about double, {seen} more sales would have been seen; {matters}"
                    " would matter."
                ),
                **told,
            ),
            said(
                N_(
                    "Where hours about double, less than {seen} more sales could go unseen, but"
                    " {matters} would matter."
                ),
                **told,
            ),
        ),
        _row(
            "effect",
            said(N_("Sales in months with more hours, each customer against itself")),
            z,
            CLEAR,
            True,
            said(N_("Sales are higher in months with more hours, by more than chance makes.")),
            said(N_("Sales are not clearly higher in months with more hours.")),
        ),
        _row(
            "lead",
            said(N_("Sales this month against hours next month")),
            seen.lead_p,
            LEAST_P,
            True,
            said(N_("Sales do not run ahead of hours.")),
            said(N_("Sales move before hours do: reps seem to go where sales already move.")),
        ),
        _row(
            "feedback",
            said(N_("Hours this month against sales last month")),
            seen.feedback_p,
            LEAST_P,
            True,
            said(N_("Hours do not follow last month's sales.")),
            said(N_("Hours follow last month's sales, so which came first cannot be told.")),
        ),
        _row(
            "block size",
            said(N_("What is left of the effect within half a year")),
            seen.block / seen.slope if seen.slope > 0 else float("nan"),
            PART_LEFT,
            True,
            said(N_("Within half a year, more than half of the effect is left.")),
            said(
                N_(
                    "Within half a year, half of the effect or more is gone: slow changes of the"
                    " customers themselves may be behind it."
                )
            ),
        ),
        _row(
            "block",
            said(N_("The effect within half a year, against chance")),
            z_block,
            CLEAR_BLOCK,
            True,
            said(N_("Within half a year, too, it is more than chance makes.")),
            said(N_("Within half a year it could be chance.")),
        ),
        _row(
            "logging",
            said(N_("Activities logged within two days after an order")),
            after_order,
            MOST_AFTER_ORDER,
            False,
            said(N_("Few activities were logged right after an order.")),
            said(N_("Many activities were logged right after an order: they may record it.")),
        ),
        _row(
            "control",
            said(N_("Something that hours cannot change")),
            control,
            LEAST_P,
            True,
            said(N_("What hours cannot change does not go with them.")),
            said(
                N_("Even what hours cannot change goes with them: something else is behind both.")
            ),
        ),
        _row(
            "memory",
            said(N_("Hours of earlier months, beside this month's")),
            _ratio(seen.memory, seen.memory_se),
            CLEAR_BLOCK,
            True,
            said(N_("Hours of earlier months show in sales too.")),
            said(
                N_(
                    "Only hours of the same month go with sales; reps who answer within the month"
                    " would give the same picture."
                )
            ),
        ),
    )


def claimed(rows: Sequence[Gate], *, strict: bool = False) -> bool:
    """Whether every row that was run holds; with `strict`, the row on memory too."""
    return all(r.passed is not False for r in rows if strict or r.name != "memory")


def _ratio(slope: float, se: float) -> float:
    """In standard errors; NaN where sales hardly vary and there is nothing to measure with."""
    return slope / se if se > TINY else float("nan")


def _row(
    name: str,
    tested: Said,
    figure: float | None,
    threshold: float,
    at_least: bool,
    holds: Said,
    fails: Said,
) -> Gate:
    if figure is None:
        meaning = said(N_("Not run: the client names nothing for it."))
        return Gate(name, tested, float("nan"), threshold, at_least, None, meaning)
    # strictly above where the design says "above"; a figure that could not be had does not hold
    if math.isnan(figure):
        meaning = said(N_("It could not be worked out from these data."))
        return Gate(name, tested, figure, threshold, at_least, False, meaning)
    if name in ("effect", "block size", "block", "memory"):
        passed = figure > threshold
    else:
        passed = figure >= threshold if at_least else figure <= threshold
    return Gate(name, tested, figure, threshold, at_least, passed, holds if passed else fails)
