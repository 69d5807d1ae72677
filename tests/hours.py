"""Small clients with an activity log, their effect known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from salesfact._facts import Facts
from salesfact._synth_response import ResponseWorld, response_world


def facts_of(world: ResponseWorld, folder: Path | None = None, **more: Any) -> Facts:
    """A world as facts: `programme` reaches every third customer in turn, with a fifth more sales.

    Keyword `programme=True` adds it; `group` a product group that hours cannot change.
    """
    from dataclasses import replace

    programme, group = more.pop("programme", False), more.pop("group", None)
    sales, activities = world.frames(("Visit", "Call"))
    if programme:
        start = {f"{i:05d}": 14 + 3 * (i // 3 % 3) for i in range(0, len(world.y), 3)}
        for frame in (sales, activities):
            months = (frame["date"].dt.year - 2022) * 12 + frame["date"].dt.month - 1
            begun = months >= frame["customer"].map(start).fillna(999)
            if frame is sales:
                frame["amount"] *= np.where(begun, 1.25, 1.0)
            else:
                frame["programme"] = np.where(begun, "Autumn", None)
    if group:
        sales["group1"] = "goods"
        rng = np.random.default_rng(world.seed)
        blind = sales.assign(group1=group, amount=rng.gamma(2.0, 0.05, len(sales)))
        sales = pd.concat([sales, blind], ignore_index=True)
    facts = Facts.from_frames(sales, activities=activities, currency="SEK", **more)
    return facts if folder is None else replace(facts, folder=folder, key=f"hours {world.seed}")


def claiming_facts(folder: Path | None = None) -> Facts:
    """Hours do something, nobody chases, and every check holds."""
    world = response_world(7_004, customers=300, months=30, beta=0.15, sd_beta=0.15, orders=8.0,
                           persistence=0.3)  # fmt: skip
    return facts_of(world, folder, programme=True, response={"smallest_effect": 0.15})


def chased_facts(folder: Path | None = None) -> Facts:
    """Hours do nothing, and reps go where sales already move."""
    world = response_world(41, customers=150, months=24, chase=1.5, persistence=0.9)
    return facts_of(world, folder)
