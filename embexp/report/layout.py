"""Temporary: the module is called formatting."""

from embexp.report.formatting import *  # noqa: F403
from embexp.report.formatting import HOLE, Grid, Table, bounds, number, title  # noqa: F401
