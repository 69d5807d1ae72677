"""What do the libraries prepare at their first use? Done once here, before any process is forked.

The schema of notebooks and the page's template are compiled; importing this module does it.
"""

from __future__ import annotations

import nbformat

from salesfact.report._exporter import exporter


def _compile() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# .")])
    nbformat.validate(notebook)
    exporter().from_notebook_node(notebook)


_compile()
