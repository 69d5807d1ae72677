"""How far is it? One line a part, with its time; plain lines where there is no terminal."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

_WORDS = {
    "start": "...",
    "done": "done",
    "failed": "failed",
    "timeout": "took too long",
    "killed": "was ended",
    "cold": "could not be had; every process is started anew, which takes longer",
}


class Progress:
    """Shows parts as they start and end; use as a context.

    Parameters
    ----------
    console : rich.console.Console
        Where to write; standard error, so that standard output holds only what was made.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
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
        with self._lock:
            if how == "start":
                self._began[part] = time.monotonic()
            if self._bar is None:
                took = ""
                if part in self._began and how != "start":
                    took = f" ({time.monotonic() - self._began[part]:.1f} s)"
                self._console.print(
                    f"{part}: {_WORDS.get(how, how)}{took}",
                    markup=False,
                )
            elif how == "start":
                self._tasks[part] = self._bar.add_task(part, total=1, how="")
            else:
                if part not in self._tasks:  # told of, without having been started
                    self._tasks[part] = self._bar.add_task(part, total=1, how="")
                colour = "green" if how == "done" else "red"
                words = f"[{colour}]{_WORDS.get(how, how)}[/]"
                self._bar.update(self._tasks[part], completed=1, how=words)
