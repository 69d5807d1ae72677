"""What is the other end of a forked process? Asking the server for one, hearing of its end."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
from typing import Any

SOCKET = "SALESFACT_FORK_SOCKET"


def can_fork() -> bool:
    """Whether warm processes are possible here."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


class Fork:
    """One process forked by a server: its pid, its end, and what it answers.

    Parameters
    ----------
    path : str
        The server's socket.
    request : dict
        `cwd`, `env`, `log` and either `kernel` (arguments) or `call` and `job`.
    """

    def __init__(self, path: str, request: dict[str, Any]) -> None:
        self.conn = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.conn.connect(path)
        self.conn.sendall(json.dumps(request).encode() + b"\n")
        first, fds, _, _ = socket.recv_fds(self.conn, 4096, 1)
        line, _, rest = first.partition(b"\n")
        if not line or not fds:
            raise RuntimeError("the fork server ended before it could start a process")
        self.pid: int = json.loads(line)["pid"]
        self.pidfd = fds[0]
        self.code: int | None = None
        self.said: dict[str, Any] = {}
        self._got = bytearray(rest)

    def fileno(self) -> int:
        """For `select`: readable when there is something to `poll`."""
        return self.conn.fileno()

    def poll(self) -> int | None:
        """The exit code once it has ended, else None."""
        while self.code is None and select.select([self.conn], [], [], 0)[0]:
            try:
                more = self.conn.recv(1 << 20)
            except ConnectionResetError:
                more = b""
            if not more:
                self.code = -signal.SIGKILL  # the server went, and took its children along
                break
            self._got += more
            while b"\n" in self._got:
                line, _, rest = bytes(self._got).partition(b"\n")
                self._got = bytearray(rest)
                self.said.update(json.loads(line))
                self.code = self.said.get("exit", self.code)
        return self.code

    def send_signal(self, signum: int) -> None:
        """To the process and its group; never to a stranger who got the same pid."""
        if self.poll() is not None:
            return
        try:
            signal.pidfd_send_signal(self.pidfd, signum)
            if signum != signal.SIGINT:
                os.killpg(self.pid, signum)
        except ProcessLookupError:
            pass

    def close(self) -> None:
        """Let go; the server ends the process if it still runs."""
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1
        self.conn.close()
