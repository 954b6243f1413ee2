"""The README's own-file example runs as written, and says the numbers that it shows."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from embexp import records

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
CLOSE = 0.02
"""Other processors round in another order: the third digit of a mean over seeds may move."""


def means(folder: Path, measure: str) -> dict[str, float]:
    """The mean over seeds of a measure at the selected step, by arm."""
    rows = records.read_rows(folder)
    selected = {row["digest"]: row["step"] for row in rows if row["split"] == "test"}
    values: dict[str, list[float]] = {}
    for row in rows:
        at = row["step"] == selected[row["digest"]] and row["split"] in ("test", "words")
        if at and row["measure"] == measure:
            values.setdefault(row["arm"], []).append(row["value"])
    return {arm: sum(each) / len(each) for arm, each in values.items()}


def number(text: str) -> float:
    return float(text.replace("−", "-"))


@pytest.mark.slow
def test_the_example_of_an_own_file_gives_the_numbers_that_the_page_shows(tmp_path: Path) -> None:
    section = README.split("## Your own file")[1].split("\n## ")[0]
    (code,) = re.findall(r"```python\n(.+?)```", section, re.DOTALL)
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=100)
    (command,) = re.findall(r"    embexp (compare .+?)\n\n", section, re.DOTALL)
    words = shlex.split(command.replace("\\\n", " "))
    plain = [*words[: words.index("--set")], "--results", "plain"]
    for each in (words, plain):
        run = [sys.executable, "-m", "embexp", *each]
        subprocess.run(run, cwd=tmp_path, check=True, timeout=200, capture_output=True)
    arms = re.findall(r"^    (\S.*?)  +5/5 +(−?\.\d+) \[", section, re.MULTILINE)
    for measure, shown in (("accuracy", arms[:3]), ("cos(good,bad)", arms[3:])):
        own = means(tmp_path / "runs" / "reviews", measure)
        assert own == pytest.approx({arm: number(mean) for arm, mean in shown}, abs=CLOSE)
    (default,) = re.findall(r"the frozen arm reaches only (\.\d+)", section)
    frozen = means(tmp_path / "plain" / "reviews", "accuracy")["frozen · glove-6b-50d"]
    assert frozen == pytest.approx(number(default), abs=CLOSE)
