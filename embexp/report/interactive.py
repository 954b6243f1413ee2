"""What makes a page move: its scripts, which it names by their checksums and runs alone.

Vega-Lite draws charts; its code comes out of the package vl-convert, about 0.9 MB, and stands
in the page itself. Expressions of charts are interpreted, so that the page needs no `eval`.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from embexp.report.charts import Chart

OWN = Path(__file__).with_name("page.js").read_text(encoding="ascii")
"""Sorts and filters tables, and hands charts to Vega-Lite."""


@cache
def vega() -> str | None:
    """The code of Vega-Lite in ASCII; None where the package is not installed."""
    try:
        from vl_convert import javascript_bundle
    except ImportError:
        return None
    return "".join(
        sign if sign.isascii() else f"\\u{ord(sign):04x}" for sign in javascript_bundle()
    )


def scripts(charts: Sequence[Chart]) -> list[str]:
    """The scripts of a page: Vega-Lite where there are charts, and its own."""
    return [vega() or "", OWN] if charts else [OWN]


def policy(codes: Sequence[str]) -> str:
    """The sources of scripts that a page allows: these, by their checksums."""
    sums = (base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in codes)
    return " ".join(f"'sha256-{each}'" for each in sums)


def chart(name: str, spec: Chart) -> str:
    """The place of a chart with its specification, in ASCII; no text in it can end it."""
    text = json.dumps(spec, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    inert = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f'<div class="chart" id="{name}"><script type="application/json">{inert}</script></div>'


def tags(codes: Sequence[str]) -> str:
    """The scripts as elements."""
    return "\n".join(f"<script>{code}</script>" for code in codes)
