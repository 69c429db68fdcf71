"""The documentation site: `make docs`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

sys.path.insert(0, str(Path(__file__).parent))

import nengo_lifdeep
from nengo_lifdeep.compat.tf_keras import import_tensorflow

import_tensorflow()  # without its notes on oneDNN and CUDA

project = "nengo_lifdeep"
author = "the nengo_lifdeep developers"
version = release = nengo_lifdeep.__version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "executed",  # the notebooks as pages
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"nengo_lifdeep {release}"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {"top_of_page_buttons": []}

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]

default_role = "code"
autodoc_member_order = "groupwise"
autodoc_typehints = "none"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_rtype = False
# blocks of a console or of words; everything else is highlighted as what it says it is
highlight_language = "none"

# numpydoc's lines of types are words ("SpikeRecord or None", "(n_images,) array"); some of them are
# names of several objects, and which is meant does not matter
suppress_warnings = ["ref.python"]
