"""Writes a table of a script as Markdown, with its rows beside it."""

import json
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from embexp.report import writers
from embexp.report.formatting import Table


def write(made: Table, folder: Path, name: str) -> str:
    """Writes `name.md` and `name.jsonl` into a folder; returns the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in made.objects)
    (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    text = writers.markdown(made)
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return text


def joined(
    made: Sequence[Mapping[str, Any]], folder: Path, name: str, *keys: str
) -> list[Mapping[str, Any]]:
    """Lines that were made now, after those of `name.jsonl` that have other values of the keys."""
    path, key = folder / f"{name}.jsonl", itemgetter(*keys)
    known = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    again = {key(line) for line in made}
    return [*(line for line in map(json.loads, known) if key(line) not in again), *made]
