"""How the Markdown pages become a site, by `make docs`.

The source folder is the whole repository, so that a link from one page to another, to a table
of results or to a file of code is the same on the site as where the repository is read.
"""

from importlib.metadata import version as installed

project = "embexp"
release = version = installed("embexp")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/*.md", "results/*/*.md"]
exclude_patterns = [
    ".*",
    "runs",
    "dist",
    "site",
    "embexp",
    "experiments",
    "tests",
    "scripts",
    "benchmarks",
]
myst_heading_anchors = 3
default_role = "code"  # docstrings mark code as Markdown does
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_member_order = "bysource"
templates_path = ["_templates"]
html_additional_pages = {"index": "redirect.html"}
html_theme = "furo"
html_title = "embexp"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
