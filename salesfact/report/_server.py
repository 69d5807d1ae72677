"""How does a new process start with everything already imported? A parent that forks on request.

The parent is a fresh interpreter with one thread and no engine connection. It imports what it is
told, freezes the garbage collector's view of it, and then forks one process per request: a kernel,
or a call of one function. Requests come over a Unix socket in a private folder, one JSON line per
connection; the answer carries a pidfd, later the function's result and the exit code. Whoever asked
and goes away takes the process along; when the parent's own standard input closes, all end.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1

#: One thread per worker process: the workers themselves are the parallelism.
CALM = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # a parent that forks has one thread
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


@dataclass
class _Child:
    pid: int
    pidfd: int
    conn: socket.socket


class Server:
    """Forks on request until standard input closes."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(f"{path}.new")
        self.listener.listen(64)
        os.rename(f"{path}.new", path)  # noqa: PTH104 - who sees the name can connect
        self.selector = selectors.DefaultSelector()
        self.children: dict[int, _Child] = {}
        self.forked: set[str] = set()  # kinds of what has been, and of what was heralded
        self.selector.register(self.listener, selectors.EVENT_READ, self._accept)
        self.selector.register(sys.stdin.fileno(), selectors.EVENT_READ, self._orphaned)

    def serve(self, *later: Sequence[str]) -> NoReturn:
        """Answer until told otherwise.

        While the first request is at work, what only later ones need is imported; those wait.
        A request that heralds models has what draws them imported, and then the first kernel what
        fits them, which takes long and which only some of the others need.
        """
        kinds = "request", "models", "kernel"
        stages = [(k, list(found)) for k, found in zip(kinds, later, strict=False) if found]
        stage, names = "", list[str]()  # while any are left, they are imported and requests wait
        while True:
            for key, _ in self.selector.select(0 if names else None):
                key.data(key.fileobj)
            if not names and stages and stages[0][0] in self.forked:
                stage, names = stages.pop(0)
                self.selector.unregister(self.listener)
            if names:
                # what draws and fits is needed by some only: they tell if it cannot be had
                with contextlib.suppress(*(() if stage == "request" else (Exception,))):
                    preload([names.pop(0)])
                if not names:
                    _ready()
                    self.selector.register(self.listener, selectors.EVENT_READ, self._accept)

    def _accept(self, listener: socket.socket) -> None:
        conn, _ = listener.accept()
        line = read_line(conn)
        if line is None:
            conn.close()
            return
        request = json.loads(line)
        told, tell = os.pipe()  # the child says nothing before its pid is told
        pid = os.fork()
        if pid == 0:
            os.close(tell)
            os.read(told, 1)
            os.close(told)
            _become(request, conn, self._close_all)
        os.close(told)
        child = _Child(pid, os.pidfd_open(pid), conn)
        self.children[pid] = child
        kind = "kernel" if "kernel" in request else request.get("heralds", "request")
        self.forked |= {"request", kind}
        try:
            socket.send_fds(conn, [json.dumps({"pid": pid}).encode() + b"\n"], [child.pidfd])
        except OSError:
            _kill(child)
        os.close(tell)
        self.selector.register(child.pidfd, selectors.EVENT_READ, lambda _: self._ended(child))
        self.selector.register(conn, selectors.EVENT_READ, lambda _: self._left(child))

    def _ended(self, child: _Child) -> None:
        _, status = os.waitpid(child.pid, 0)
        self.selector.unregister(child.pidfd)
        if child.conn in self.selector.get_map():
            self.selector.unregister(child.conn)
        code = os.waitstatus_to_exitcode(status)
        with contextlib.suppress(OSError):  # who asked may have gone
            child.conn.sendall(json.dumps({"exit": code}).encode() + b"\n")
        child.conn.close()
        os.close(child.pidfd)
        del self.children[child.pid]

    def _left(self, child: _Child) -> None:
        """Who asked has closed the connection (nothing is ever sent on it): end the process."""
        if child.pid not in self.children:  # its end came first, in the same breath
            return
        self.selector.unregister(child.conn)
        _kill(child)

    def _orphaned(self, _: Any) -> NoReturn:
        for child in self.children.values():
            _kill(child)
        # whoever started us may have been killed: what it kept beside the socket goes too
        shutil.rmtree(os.path.dirname(self.path), ignore_errors=True)  # noqa: PTH120
        os._exit(0)

    def _close_all(self, keep: socket.socket) -> None:
        self.selector.close()
        self.listener.close()
        for child in self.children.values():
            child.conn.close()
            os.close(child.pidfd)


def _kill(child: _Child) -> None:
    """End a child and what it started; it leads its own group and is not yet reaped."""
    try:
        signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _become(request: dict[str, Any], conn: socket.socket, close_all: Any) -> NoReturn:
    """In the forked process: become what was asked for, and never return to the server."""
    code = 1
    try:
        parent = os.getppid()
        close_all(conn)
        os.setsid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the server died in between
            os._exit(1)
        nothing = os.open(os.devnull, os.O_RDWR)
        log = request.get("log")
        said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if log else nothing
        for target, source in ((0, nothing), (1, said), (2, said)):
            os.dup2(source, target)
        os.environ.update(request.get("env") or {})
        os.chdir(request["cwd"])
        _reseed()
        if "kernel" in request:
            conn.detach()  # stays open with this process; the server reports its end
            run_kernel(request["kernel"], parent)
            code = 0
        else:
            conn.sendall(json.dumps(call(request["call"], request["job"])).encode() + b"\n")
            code = 0
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _reseed() -> None:
    """Forks share their parent's random state; give each its own."""
    import random

    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


def run_kernel(argv: list[str], parent: int) -> None:
    """Be an IPython kernel in this process."""
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize([*argv, f"--IPKernelApp.parent_handle={parent}"])
    app.start()


def call(target: str, job: Any) -> dict[str, Any]:
    """Call `module:function` with a job; the answer or the error as plain JSON."""
    from salesfact._errors import SalesfactError
    from salesfact._language import N_
    from salesfact._said import packed, said, why_not

    module, _, name = target.partition(":")
    try:
        return {"result": getattr(importlib.import_module(module), name)(job)}
    except SalesfactError as error:
        faults = [
            [packed(f.what), f.where, packed(f.allowed), packed(f.remedy)] for f in error.faults
        ]
        return {"error": type(error).__name__, "faults": faults}
    except OSError as error:  # a full disk, a folder without rights: the user's to mend
        where = Path(str(error.filename)).name if error.filename else ""
        remedy = N_(
            "check the rights of the client's folder and the free space; facts of a folder that"
            " must not be written are kept in the one that SALESFACT_CACHE names"
        )
        told = packed(said(N_("cannot be read or written: {error}"), error=why_not(error)))
        return {"error": "ReportError", "faults": [[told, where, "", remedy]]}
    except Exception as error:
        return {
            "error": type(error).__name__,
            "message": str(error),
            "traceback": traceback.format_exc(),
        }


def read_line(conn: socket.socket) -> bytes | None:
    """One line, or None where the other side closed first."""
    got = bytearray()
    while not got.endswith(b"\n"):
        try:
            more = conn.recv(65536)
        except ConnectionResetError:
            return None
        if not more:
            return None
        got += more
    return bytes(got)


def preload(names: list[str]) -> None:
    """Import modules; one that is absent is simply imported (and reported) by who needs it."""
    from salesfact.report._chapter import lean

    lean()
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def main() -> None:
    """`python -m salesfact.report._server SOCKET MODULE... -- LATER... -- ...`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started us; we follow
    path, *names = sys.argv[1:]
    first, *later = _split(names)
    server = Server(path)  # requests may already queue while we import
    gc.set_threshold(50_000, 20, 20)  # modules stay, and what forks from here is short-lived
    preload(first)
    _ready()
    server.serve(*later)


def _split(names: Sequence[str]) -> list[list[str]]:
    """What stands before, between and after each `--`."""
    parts: list[list[str]] = [[]]
    for name in names:
        if name == "--":
            parts.append([])
        else:
            parts[-1].append(name)
    return parts


def _ready() -> None:
    """Whether forks are safe now, and cheap."""
    if threading.active_count() != 1:
        raise RuntimeError(f"a preloaded module started threads: {threading.enumerate()}")
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
