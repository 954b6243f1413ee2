"""Writes a table of a script as Markdown, with its rows beside it."""

import json
from pathlib import Path

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
