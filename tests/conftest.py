"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """What SALESFACT_REQUIRE names (chromium, postgres) may not be skipped for its absence."""
    report = yield
    needed = os.environ.get("SALESFACT_REQUIRE", "").split(",")
    reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
    if report.skipped and any(n and n in reason.lower() for n in needed):
        report.outcome = "failed"
        report.longrepr = f"required here, but {reason}"
    return report


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets; they are never part of the project."""
    named = os.environ.get("SALESFACT_TEST_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real data absent: set SALESFACT_TEST_DATA to the folder that holds it")
    return folder
