"""How does papermill get a warm kernel? A kernel provisioner that asks the fork server for one.

Linux only (Unix sockets, pidfd). The kernel speaks the ordinary Jupyter protocol; only its birth
differs, so chapters behave as they do in JupyterLab.
"""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from salesfact.report._process import SOCKET, Fork


class ForkProvisioner(LocalProvisioner):
    """Starts kernels by forking a warm parent (entry point `salesfact-fork`)."""

    fork: Fork | None = None

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel to look after."""
        return self.fork is not None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel that listens as the connection file says."""
        env: dict[str, str] = kwargs.get("env") or dict(os.environ)
        cwd = str(kwargs.get("cwd") or Path.cwd())
        self.fork = Fork(
            env[SOCKET],
            {"kernel": cmd[1:], "cwd": cwd, "env": env, "log": env.get("SALESFACT_LOG")},
        )
        self.pid, self.pgid, self.cwd = self.fork.pid, self.fork.pid, cwd
        return self.connection_info

    async def poll(self) -> int | None:
        """Exit code, or None while it runs."""
        return 0 if self.fork is None else self.fork.poll()

    async def wait(self) -> int | None:
        """Until it has ended."""
        if self.fork is None:
            return 0
        while self.fork.poll() is None:
            await asyncio.sleep(0.01)
        code = self.fork.code
        self.fork.close()
        self.fork = None
        return code

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel."""
        if self.fork is not None:
            self.fork.send_signal(signum)

    async def kill(self, restart: bool = False) -> None:
        """At once."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """Politely."""
        await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of a kernel that was never waited for."""
        if self.fork is not None and not restart:
            self.fork.close()
            self.fork = None
