"""Temporary: the module is called comparison."""

from embexp.report.comparison import fitting  # noqa: F401
