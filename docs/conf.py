"""Sphinx settings: the pages are plain Markdown and readable unbuilt; building them checks their links."""

project = "bytegrad"
author = "bytegrad contributors"
copyright = author
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
# The pages are found from index.md's own links; a toctree directive would be noise to a reader of the plain text.
suppress_warnings = ["toc.not_included"]
html_theme = "alabaster"
