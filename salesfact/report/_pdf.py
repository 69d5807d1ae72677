"""How does the page become a PDF? Chromium prints it, where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from salesfact._errors import Fault, ReportError
from salesfact._language import N_
from salesfact._said import said

_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)


def find_chromium() -> str:
    """The browser to print with: `SALESFACT_CHROMIUM`, or one that is installed.

    Raises
    ------
    ReportError
        If there is none.
    """
    named = os.environ.get("SALESFACT_CHROMIUM")
    candidates = [named] if named else [shutil.which(n) for n in _NAMES] + list(_PLACES)
    for candidate in candidates:
        if candidate and Path(candidate).is_file():
            return candidate
    raise ReportError(
        Fault(
            said(N_("no Chromium, Chrome or Edge was found to print with")),
            where="--pdf",
            remedy=N_("install one, or name it in the environment variable SALESFACT_CHROMIUM"),
        )
    )


def print_pdf(page: Path, target: Path, *, timeout: float = 120.0) -> None:
    """Print a page to PDF.

    Raises
    ------
    ReportError
        If the browser fails or takes longer than `timeout` seconds.
    """
    browser = find_chromium()
    with tempfile.TemporaryDirectory(prefix="sf-pdf-", ignore_cleanup_errors=True) as profile:
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--no-pdf-header-footer",
            f"--user-data-dir={profile}",
            f"--print-to-pdf={target}",
            page.resolve().as_uri(),
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:  # Chromium has no sandbox for root
            command.insert(1, "--no-sandbox")
        try:
            done = subprocess.run(command, capture_output=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired:
            raise ReportError(
                Fault(said(N_("printing took more than {n} s"), n=f"{timeout:.0f}"), "--pdf")
            ) from None
    if done.returncode != 0 or not target.is_file():
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise ReportError(
            Fault(said(N_("the browser could not print: {told}"), told=" ".join(last)), "--pdf")
        )
