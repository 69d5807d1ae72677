"""How far is it? One line a part, with its time; plain lines where there is no terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from salesfact import _errors
from salesfact._language import N_, Language

if TYPE_CHECKING:
    from rich.console import Console

_WORDS = {
    "start": "...",
    "done": N_("done"),
    "failed": N_("failed"),
    "timeout": N_("took too long"),
    "killed": N_("was ended"),
    "cold": N_("could not be had; every process is started anew, which takes longer"),
}
#: Parts of the work that are no file and no chapter.
_PARTS = {
    "facts": N_("facts"),
    "warm processes": N_("warm processes"),
    "page": N_("page"),
    "workbook": N_("workbook"),
    "pilot": N_("pilot"),
    "plan": N_("plan"),
    "pdf": "PDF",
}
#: What processes say of themselves.
_SAID = (
    N_("the chapter ended before its last cell"),
    N_("a worker process was ended from outside"),
    N_("a warm parent has ended"),
    N_("the warm parent did not start"),
)
_NAMED = ("Timeout", "Killed", "Unfinished", "WorkerError")  # their status or words say it


def failure_told(part: Mapping[str, Any], language: Language) -> str:
    """Which part of a report is not done, how it ended and why."""
    return f"{part['name']}: {end_told(part, language)}"


def end_told(part: Mapping[str, Any], language: Language) -> str:
    """How a part of a report ended, and why."""
    status = str(part["status"])
    told = language.text(_WORDS.get(status, status))
    error = part.get("error") or {}
    name, message = error.get("name") or "", language.text(error.get("message") or "")
    if name in _NAMED or hasattr(_errors, name):
        name = ""
    why = ": ".join(t for t in (name, message) if t)
    return f"{told}. {why}" if why else told


class Progress:
    """Shows parts as they start and end; use as a context.

    Parameters
    ----------
    console : rich.console.Console
        Where to write; standard error, so that standard output holds only what was made.
    language : Language
        The reader's.
    """

    def __init__(self, console: Console, language: Language) -> None:
        self._console = console
        self._language = language
        self._lock = threading.Lock()
        self._began: dict[str, float] = {}
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            from rich.progress import Progress as Bar
            from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

            self._bar = Bar(
                SpinnerColumn(finished_text=" "),
                TextColumn("{task.description}", markup=False),
                TextColumn("{task.fields[how]}"),
                TimeElapsedColumn(),
                console=self._console,
            )
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tell(self, part: str, how: str) -> None:
        """A part has started, or how it ended."""
        shown = self._language.text(_PARTS.get(part, part))
        words = self._language.text(_WORDS.get(how, how))
        with self._lock:
            if how == "start":
                self._began[part] = time.monotonic()
            if self._bar is None:
                took = ""
                if part in self._began and how != "start":
                    seconds = time.monotonic() - self._began[part]
                    took = f" ({self._language.number(seconds, 1)} s)"
                self._console.print(f"{shown}: {words}{took}", markup=False)
            elif how == "start":
                self._tasks[part] = self._bar.add_task(shown, total=1, how="")
            else:
                if part not in self._tasks:  # told of, without having been started
                    self._tasks[part] = self._bar.add_task(shown, total=1, how="")
                colour = "green" if how == "done" else "red"
                self._bar.update(self._tasks[part], completed=1, how=f"[{colour}]{words}[/]")
