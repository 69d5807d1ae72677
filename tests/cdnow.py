"""The CDNOW sample as lifetime models see it: weeks, calibration to 30 September 1997."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def cdnow_sample(folder: Path) -> dict[str, Any]:
    """`x, t_x, T, log_gaps` of 2 357 customers; `m`, mean worth of the repeat orders (0: none)."""
    lines = (folder / "cdnow" / "CDNOW_sample.txt").read_text(encoding="ascii").splitlines()
    rows = [line.split() for line in lines]
    data = pd.DataFrame(
        [(r[1], r[2], float(r[4])) for r in rows if len(r) == 5], columns=["id", "day", "worth"]
    )
    data["day"] = pd.to_datetime(data["day"])
    end = pd.Timestamp("1997-09-30")
    days = data.groupby(["id", "day"], as_index=False)["worth"].sum()
    days = days[days["day"] <= end]
    weeks = days.groupby("id")["day"].diff().dt.days / 7
    days["log_gap"] = np.log(weeks)
    days["repeat"] = days["worth"].where(weeks.notna())
    each = days.groupby("id").agg(
        first=("day", "min"),
        last=("day", "max"),
        orders=("day", "count"),
        log_gaps=("log_gap", "sum"),
        m=("repeat", "mean"),
    )
    return {
        "x": (each["orders"] - 1).to_numpy(dtype=float),
        "t_x": (each["last"] - each["first"]).dt.days.to_numpy() / 7,
        "T": (end - each["first"]).dt.days.to_numpy() / 7,
        "log_gaps": each["log_gaps"].to_numpy(),
        "m": each["m"].fillna(0.0).to_numpy(),
    }
