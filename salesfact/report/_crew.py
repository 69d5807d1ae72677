"""Who does the work? Fresh processes, one per chapter: forked from a warm parent, or cold."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any

from salesfact import _errors
from salesfact._assets import REPORTS, SHARE
from salesfact._said import unpacked
from salesfact.report import _server
from salesfact.report._chapter import KILLED, TIMEOUT
from salesfact.report._process import Fork

#: What prepared facts need; imported once, in a parent that opens no connection.
FACTS = (
    "ctypes",
    "pandas",
    "pyarrow.parquet",
    "pyarrow.dataset",
    "pyarrow.pandas_compat",
    "_duckdb",  # the library alone: importing `duckdb` opens a connection and starts threads
    "ibis",
    "ibis.backends.sql.compilers.duckdb",
    "sqlglot.dialects.duckdb",
    "ibis.formats.pandas",
    "ibis.expr.types.groupby",
    "yaml",
    "pydantic.main",
    "salesfact._client",
    "salesfact._sources",
    "salesfact._joined",
    "salesfact._odd",
    "salesfact._people",
    "salesfact._places",
    "salesfact._open",
)
#: What chapters need besides; imported while the facts are prepared.
ANALYSIS = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "babel.dates",
    "babel.numbers",
    "babel.lists",
    "babel.messages.pofile",
    "xlsxwriter",
    "salesfact._pictures",
    "salesfact._quality",
    "salesfact._customers",
    "salesfact._bridge",
    "salesfact._cohorts",
    "salesfact._moving",
    "salesfact._course",
    "salesfact._value",
    "salesfact._ruts",
    "salesfact._response_parts",
    "salesfact._programmes",
    "salesfact._priorities",
    "salesfact._direction",
    "ipykernel.debugger",
    "salesfact.report._warm_texts",  # after all else: what texts compile at their first use
)
#: What chapters need to draw what has not been drawn before.
DRAWING = (
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
    "matplotlib.backends.backend_agg",
    "scipy.special",
    "salesfact.report._warm_charts",  # after all else
)
#: What takes a second and most new answers need, not all: imported beside the first chapter.
MODELS = (
    "scipy.stats",
    "scipy.optimize",
    "statsmodels.genmod.generalized_linear_model",
    "statsmodels.tsa.holtwinters",
)
#: What drives papermill and makes the page.
DRIVING = (
    "ctypes",
    "papermill.execute",
    "papermill.engines",
    "nbclient",
    "jupyter_client.asynchronous",
    "IPython.paths",  # where jupyter_client looks for kernels
    "salesfact.report._fork",
    "salesfact.report._chapter",
    "salesfact.report._exporter",
    "salesfact.report._publish",
    "salesfact.report._warm",  # after all else: what libraries compile at their first use
)
GRACE = 30.0  # seconds beyond a chapter's own limit before its process is ended


class WorkerError(RuntimeError):
    """A worker ended without an answer, or with an error that is not the user's."""

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.trace = trace


def _short_folder() -> Path:
    """A private temporary folder; a socket's path in it must stay below about a hundred bytes."""
    folder = Path(tempfile.mkdtemp(prefix="sf-"))
    short = Path("/tmp")
    if len(os.fsencode(folder)) > 60 and os.name == "posix" and os.access(short, os.W_OK):
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="sf-", dir=short))
    return folder


class Crew:
    """Processes for one run; use as a context.

    Parameters
    ----------
    chapters, jobs : int
        How many chapters will come, and how many at a time (a cold crew starts what runs them).
    reports : Path, optional
        Where reports are collected, if not in the client's folder.
    share : {"internal", "client"}, optional
        For whom the report is, if not as the settings say.
    """

    kernel = ""

    def __init__(
        self, chapters: int, reports: Path | None = None, jobs: int = 1, share: str | None = None
    ) -> None:
        # short, private, and never in the client's folder: sockets and connection files live here
        self.folder = _short_folder()
        self._write_kernels()
        self.env = {
            **_server.CALM,
            "JUPYTER_PATH": str(self.folder / "jupyter"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "run"),
            "IPYTHONDIR": str(self.folder / "ipython"),
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        }
        if reports is not None:
            self.env[REPORTS] = str(reports.resolve())
        if share is not None:
            self.env[SHARE] = share
        (self.folder / "run").mkdir()

    def _write_kernels(self) -> None:
        # a file `yaml.py` in the client's folder is data, and must never be imported
        ignore = "--InteractiveShellApp.ignore_cwd=True"
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", ignore]
        for name, metadata in (
            ("salesfact-cold", {}),
            ("salesfact-warm", {"kernel_provisioner": {"provisioner_name": "salesfact-fork"}}),
        ):
            place = self.folder / "jupyter" / "kernels" / name
            place.mkdir(parents=True)
            spec = {
                "argv": argv if name == "salesfact-cold" else [*argv[:1], *argv[3:]],
                "display_name": name,
                "language": "python",
                "metadata": metadata,
            }
            (place / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")

    def call(self, target: str, job: Any) -> Any:
        """Call `module:function` with a job of plain JSON; its errors are raised here."""
        raise NotImplementedError

    def chapter(self, job: dict[str, Any]) -> dict[str, Any]:
        """Run a chapter in a fresh process; its status as `run_chapter` tells it."""
        raise NotImplementedError

    def ready(self, *, models: bool = True) -> None:
        """Wait until chapters can start; a `WorkerError` tells that they cannot.

        Parameters
        ----------
        models : bool
            Whether models are likely to be fitted, so that loading what fits them is worth it.
        """

    def broken(self) -> bool:
        """Whether what the work is forked from has ended by itself."""
        return False

    def close(self) -> None:
        """End what still runs."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class WarmCrew(Crew):
    """Forks from two preloaded parents: one for kernels and facts, one for papermill and pages."""

    kernel = "salesfact-warm"

    def __init__(
        self, chapters: int, reports: Path | None = None, jobs: int = 1, share: str | None = None
    ) -> None:
        super().__init__(chapters, reports, jobs, share)
        self._parents = [
            self._start("kernels", FACTS, ANALYSIS, DRAWING, MODELS),
            self._start("drivers", DRIVING),
        ]
        self.env["SALESFACT_FORK_SOCKET"] = str(self.folder / "kernels")

    def _start(
        self, name: str, modules: tuple[str, ...], *later: tuple[str, ...]
    ) -> subprocess.Popen[bytes]:
        module = "salesfact.report._server"
        return subprocess.Popen(
            [
                *(sys.executable, "-m", module, str(self.folder / name), *modules),
                *(word for names in later for word in ("--", *names)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / f"{name}.log").open("wb"),
            env={**os.environ, **self.env},
            cwd=self.folder,
            start_new_session=True,
        )

    def ready(self, *, models: bool = True) -> None:
        """Both parents have imported all that chapters need, and still live."""
        request = {"call": "os:fspath", "job": "."} | ({"heralds": "models"} if models else {})
        for where, parent in zip(("kernels", "drivers"), self._parents, strict=True):
            if "result" not in self._fork(request, where, None):
                with contextlib.suppress(subprocess.TimeoutExpired):  # it is ending
                    parent.wait(2)
                raise WorkerError("a warm parent has ended")

    def broken(self) -> bool:
        """Whether a warm parent has ended: it could not import, or was killed."""
        return any(parent.poll() is not None for parent in self._parents)

    def _await(self, name: str, process: subprocess.Popen[bytes]) -> str:
        """The parent's socket, once it listens (it does so before it imports)."""
        path = self.folder / name
        deadline = time.monotonic() + 60
        while not path.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                log = (self.folder / f"{name}.log").read_text(errors="replace")
                raise WorkerError("the warm parent did not start", log)
            time.sleep(0.005)
        return str(path)

    def call(self, target: str, job: Any, *, where: str = "kernels") -> Any:
        """Call `module:function` in a process forked from the warm parent."""
        said = self._fork({"call": target, "job": job}, where, None)
        return _answer(said)

    def chapter(self, job: dict[str, Any]) -> dict[str, Any]:
        """Run a chapter: papermill in one fork, its kernel in another."""
        start = time.monotonic()
        request = {"call": "salesfact.report._chapter:run_chapter", "job": job}
        said = self._fork(request, "drivers", job["timeout"] + GRACE)
        if "result" in said:
            return said["result"]
        if "error" in said:
            raise WorkerError(said.get("message", said["error"]), said.get("traceback", ""))
        return _ended(said, time.monotonic() - start)

    def _fork(self, request: dict[str, Any], where: str, limit: float | None) -> dict[str, Any]:
        parent = self._parents[("kernels", "drivers").index(where)]
        log = str(self.folder / f"{where}.log")
        try:
            fork = Fork(
                self._await(where, parent),
                {"cwd": str(self.folder), "env": self.env, "log": log, **request},
            )
        except (OSError, RuntimeError) as error:
            with contextlib.suppress(subprocess.TimeoutExpired):  # it is ending
                parent.wait(2)
            text = Path(log).read_text(errors="replace") if Path(log).exists() else ""
            raise WorkerError("a warm parent has ended", text) from error
        try:
            deadline = None if limit is None else time.monotonic() + limit
            while fork.poll() is None:
                left = None if deadline is None else max(0.0, deadline - time.monotonic())
                if not select.select([fork], [], [], left)[0]:
                    fork.send_signal(signal.SIGKILL)
                    return {"timeout": True}
            return fork.said
        finally:
            fork.close()

    def close(self) -> None:
        """Their input closes, so they end and take their children along."""
        for parent in self._parents:
            assert parent.stdin is not None
            with contextlib.suppress(OSError):
                parent.stdin.close()
        for parent in self._parents:
            try:
                parent.wait(5)
            except subprocess.TimeoutExpired:
                parent.kill()
                parent.wait()
        super().close()


class ColdCrew(Crew):
    """New interpreters, on any system. The rest of the work is done in this process."""

    kernel = "salesfact-cold"

    def __init__(
        self, chapters: int, reports: Path | None = None, jobs: int = 1, share: str | None = None
    ) -> None:
        super().__init__(chapters, reports, jobs, share)
        self._lock = threading.Lock()
        self._waiting = [self._start() for _ in range(min(chapters, jobs))]
        self._running: set[subprocess.Popen[bytes]] = set()

    def _start(self) -> subprocess.Popen[bytes]:
        """It imports papermill while the facts are prepared, then waits for its jobs.

        What a chapter does happens in a kernel of its own, which ends with the chapter.
        """
        return subprocess.Popen(
            [sys.executable, "-m", "salesfact.report._chapter"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "drivers.log").open("ab"),
            env={**os.environ, **self.env},
            cwd=self.folder,
            start_new_session=True,
        )

    def call(self, target: str, job: Any) -> Any:
        """Call `module:function` here."""
        return _answer(_server.call(target, job))

    def chapter(self, job: dict[str, Any]) -> dict[str, Any]:
        """Run a chapter: papermill in an interpreter at a time, its kernel in one of its own."""
        start = time.monotonic()
        with self._lock:
            while self._waiting and self._waiting[-1].poll() is not None:
                _end(self._waiting.pop())  # it ended while it waited
            process = self._waiting.pop() if self._waiting else self._start()
            self._running.add(process)
        stdin: IO[bytes] = process.stdin  # pyright: ignore[reportAssignmentType]
        status = self.folder / f"{time.monotonic_ns()}-{process.pid}.json"
        answered = False
        try:
            stdin.write(json.dumps(job | {"status": str(status)}).encode() + b"\n")
            stdin.flush()
            deadline = start + job["timeout"] + GRACE
            while process.poll() is None and not status.exists():
                if time.monotonic() > deadline:
                    return _ended({"timeout": True}, time.monotonic() - start)
                time.sleep(0.01)
            answered = status.exists()
        except OSError:
            process.wait()
        finally:
            with self._lock:
                self._running.discard(process)
                again = answered and process.poll() is None
                if again:
                    self._waiting.append(process)
            if not again:
                _end(process)
        if status.exists():
            return json.loads(status.read_text(encoding="utf-8"))
        return _ended({}, time.monotonic() - start)

    def close(self) -> None:
        """End the interpreters that are left."""
        for process in [*self._waiting, *self._running]:
            _end(process)
        super().close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop an interpreter (its kernel notices within a second) and let go of its pipe."""
    if process.poll() is None:
        process.kill()
    process.wait()
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


def _ended(said: dict[str, Any], seconds: float) -> dict[str, Any]:
    status = TIMEOUT if said.get("timeout") else KILLED
    name = "Timeout" if status == TIMEOUT else "Killed"
    return {
        "status": status,
        "seconds": round(seconds, 3),
        "error": {"name": name, "message": ""},
    }


def _answer(said: dict[str, Any]) -> Any:
    """The result of a call, or its error raised here as what it was."""
    if "result" in said:
        return said["result"]
    if "faults" in said:
        kind = getattr(_errors, said["error"], _errors.SalesfactError)
        raise kind(*(_errors.Fault(*map(unpacked, f)) for f in said["faults"]))
    if "error" in said:
        raise WorkerError(f"{said['error']}: {said['message']}", said["traceback"])
    raise WorkerError("a worker process was ended from outside")
