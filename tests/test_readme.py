"""The README's own-file example runs as written, and says the numbers that it shows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from examples import COMMAND, PYTHON, ROOT, Example

from embexp import records

README = (ROOT / "README.md").read_text(encoding="utf-8")
CLOSE = 0.02
"""Other processors round in another order: the third digit of a mean over seeds may move."""


def means(folder: Path, measure: str) -> dict[str, float]:
    """The mean over seeds of a measure at the selected step, by arm."""
    rows = records.read_rows(folder)
    selected = {row["digest"]: row["step"] for row in rows if row["split"] == "test"}
    rows = [row for row in rows if row["digest"] in selected]
    values: dict[str, list[float]] = {}
    for row in rows:
        at = row["step"] == selected[row["digest"]] and row["split"] in ("test", "words")
        if at and row["measure"] == measure:
            values.setdefault(row["arm"], []).append(row["value"])
    return {arm: sum(each) / len(each) for arm, each in values.items()}


def number(text: str) -> float:
    return float(text.replace("−", "-"))


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.slow
def test_the_example_of_an_own_file_gives_the_numbers_that_the_page_shows(tmp_path: Path) -> None:
    section = README.split("## Your own file")[1].split("\n## ")[0]
    (code,) = PYTHON.findall(section)
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=100)
    command, _ = COMMAND.findall(section)
    given = [sys.executable, "-m", "embexp", *Example("README.md", command).words]
    printed = subprocess.run(
        given, cwd=tmp_path, check=True, timeout=550, capture_output=True, text=True
    ).stdout
    arms = re.findall(r"^    (\S.*?)  +\d+/\d+ +(−?\.\d+) \[", section, re.MULTILINE)
    for measure, shown in (("accuracy", arms[:4]), ("cos(good,bad)", arms[4:])):
        own = means(tmp_path / "runs" / "reviews", measure)
        for arm, mean in shown:
            assert own[arm] == pytest.approx(number(mean), abs=CLOSE)
    said = " ".join(re.findall(r"^> (.+)$", section, re.MULTILINE)), printed.split("## Answer")[1]
    for phrase in ("Validation chooses", "no difference that these data can show", "The baseline"):
        assert all(phrase in each for each in said)
    predicted = subprocess.run(
        [sys.executable, "-m", "embexp", "predict", "reviews", "reviews.csv", "--text", "review"],
        cwd=tmp_path,
        check=True,
        timeout=100,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    assert len(predicted) == (tmp_path / "reviews.csv").read_text("utf-8").count("\n")
