"""Did this chapter run? One notebook through papermill, its status taken from the exception.

After a timeout or a killed kernel papermill leaves a notebook whose cells all say `completed`,
so the file is never asked.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

DONE, FAILED, TIMEOUT, KILLED = "done", "failed", "timeout", "killed"


def run_chapter(job: dict[str, Any]) -> dict[str, Any]:
    """Run one chapter in this process's own kernel.

    Parameters
    ----------
    job : dict
        `path`, `out` (notebooks), `parameters`, `kernel` (spec name), `cwd`, `timeout` (seconds).

    Returns
    -------
    dict
        `status`, `seconds`, and `error` (`name`, `message`) unless done.
    """
    start = time.monotonic()
    status, error = DONE, None
    try:
        _execute(job)
        error = _unfinished(job["out"])
        status = DONE if error is None else FAILED
    except Exception as raised:
        status, error = _told(raised)
    return {"status": status, "error": error, "seconds": round(time.monotonic() - start, 3)}


def _execute(job: dict[str, Any]) -> None:
    import logging

    from papermill.execute import execute_notebook
    from traitlets.config import Config

    logging.getLogger("papermill").setLevel(logging.ERROR)
    config = Config()
    # no ports: nobody else can talk to the kernel, and none collide; jupyter's own default name
    # is the same for every kernel and lies in the working directory
    ipc = os.path.join(os.environ["JUPYTER_RUNTIME_DIR"], f"k{os.getpid()}")  # noqa: PTH118
    if os.name == "posix" and len(ipc) < 90:  # a socket's path has room for about a hundred
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = ipc
    execute_notebook(
        job["path"],
        job["out"],
        parameters=job["parameters"],
        kernel_name=job["kernel"],
        progress_bar=False,
        request_save_on_cell_execute=False,
        execution_timeout=job["timeout"],
        start_timeout=60,
        cwd=job["cwd"],
        config=config,
        shutdown_kernel="immediate",
        store_widget_state=False,
    )


def _unfinished(path: str) -> dict[str, str] | None:
    """What papermill passes over: a chapter that ended itself before its last cell."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        cells = json.load(file)["cells"]
    for cell in cells:
        if cell["cell_type"] != "code" or not "".join(cell["source"]).strip():
            continue
        if "raises-exception" in cell["metadata"].get("tags", ()):
            continue
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                return {"name": output["ename"], "message": output["evalue"]}
        if cell["execution_count"] is None:
            return {"name": "Unfinished", "message": "the chapter ended before its last cell"}
    return None


def _told(raised: Exception) -> tuple[str, dict[str, str]]:
    """Status and message of what papermill raised."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    if isinstance(raised, CellTimeoutError):
        return TIMEOUT, {"name": "Timeout", "message": ""}
    if isinstance(raised, DeadKernelError):
        return KILLED, {"name": "Killed", "message": ""}
    if isinstance(raised, PapermillExecutionError):
        return FAILED, {"name": raised.ename, "message": raised.evalue}
    return FAILED, {"name": type(raised).__name__, "message": str(raised)}


def lean() -> None:
    """Spare this process an import that only checks addresses in JSON schemas, at .9 s.

    JupyterLab's dependencies bring it along; jsonschema does without it. For processes that are
    ours alone.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # pyright: ignore[reportArgumentType]


def main() -> None:
    """Cold chapters: jobs come on standard input, each status goes to the file the job names."""
    import queue
    import threading

    lean()

    import papermill.execute  # noqa: F401  # while the facts are still being prepared

    jobs: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(jobs,), daemon=True).start()
    while True:
        job = json.loads(jobs.get())
        status = run_chapter(job)
        temporary = job["status"] + ".part"
        with open(temporary, "w", encoding="utf-8") as file:  # noqa: PTH123
            json.dump(status, file)
        os.replace(temporary, job["status"])  # noqa: PTH105


def _listen(jobs: Any) -> None:
    """Standard input stays open as long as who started us lives."""
    for line in sys.stdin:
        jobs.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
