"""How the documentation is built: ``sphinx-build -W docs out`` runs every cell of every page."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "symdiff"
author = "the authors of symdiff"
release = metadata.version("symdiff-engine")
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "operations"]
exclude_patterns = ["_build", "_ext"]

html_theme = "furo"
html_title = "symdiff"

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True
nb_mime_priority_overrides = [("html", "text/latex", 35)]

autodoc_typehints = "none"
autodoc_member_order = "bysource"
