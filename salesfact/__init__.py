"""salesfact: facts for sales. Where should our next sales hours go, and how do we know?

This is the only public door; every name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# public name -> module that holds it
_DOORS: dict[str, str] = {
    "open_client": "_open",
    "Facts": "_facts",
    "Result": "_result",
    "Figure": "_result",
    "SalesfactError": "_errors",
    "SettingsError": "_errors",
    "SourceError": "_errors",
    "FactsError": "_errors",
    "LeakageError": "_errors",
    "ReportError": "_errors",
    "quality": "_quality",
    "customers": "_customers",
    "bridge": "_bridge",
    "cohorts": "_cohorts",
    "rhythm": "_rhythm",
    "value": "_value",
    "outlook": "_outlook",
    "calibration": "_calibration",
    "drift": "_drift",
    "moving": "_moving",
    "ruts": "_ruts",
    "ruts_by": "_ruts_by",
    "response": "_response",
    "response_checks": "_response_parts",
    "response_kinds": "_response_parts",
    "response_customers": "_response_parts",
    "programmes": "_programmes",
    "priorities": "_priorities",
    "direction": "_direction",
    "course": "_course",
    "promised": "_promised",
    "follow_up": "_followup",
    "pilot": "_pilot",
    "pilot_workbook": "report._pilot_book",
    "pilot_result": "_pilot_result",
    "activities_template": "_activity_template",
    "assets": "_assets",
}

__all__ = ["__version__", *_DOORS]


def __getattr__(name: str) -> Any:
    if name not in _DOORS:
        raise AttributeError(f"module 'salesfact' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"salesfact.{_DOORS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
