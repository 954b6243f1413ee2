"""What a comparison found, as an object to look at, to ask and to predict with."""

import shlex
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embexp.comparing.page import write_page
from embexp.errors import InputError, unknown
from embexp.printable import printable
from embexp.records import Results
from embexp.report import figures
from embexp.report.arms import BASELINE
from embexp.report.formatting import Table
from embexp.report.writers import escaped, html_grid
from embexp.runner import Trained, trained
from embexp.runner.searched import searches_of
from embexp.spec import Spec

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


class Comparison:
    """What `embexp.compare` found: the answer in words, its numbers, and the best arm's model.

    In a notebook it shows the answer and the table.
    """

    def __init__(self, folder: Path, shown: Table, results: Results, best: Spec | None) -> None:
        """Takes what was made.

        Args:
            folder: of the results.
            shown: the table, with the answer.
            results: the runs that are shown, and their trials.
            best: the run whose model is saved.
        """
        self.folder = folder
        self._shown, self._results, self._best = shown, results, best

    @property
    def _said(self) -> Mapping[str, Any]:
        return self._shown.answer or {}

    @property
    def answer(self) -> str:
        """The answer in words; empty where there is none, as arms differ in other settings too."""
        return self._said.get("answer", "")

    @property
    def sure(self) -> bool:
        """Whether arms were tuned, and the best is above each other by its whole interval."""
        return self._said.get("sure", False)

    @property
    def difference(self) -> float | None:
        """The headline of the best arm less that of the runner-up; None without one."""
        return self._said.get("difference")

    @property
    def low(self) -> float | None:
        """The lower end of the difference's 95 % interval."""
        return self._said.get("low")

    @property
    def high(self) -> float | None:
        """The upper end of the difference's 95 % interval."""
        return self._said.get("high")

    @cached_property
    def best(self) -> Trained:
        """The model of the arm that validation chose, of its first seed.

        It has `predict`, `predict_proba`, `vectors` and `spec`.

        Raises:
            InputError: there is no answer, or the arm has no table of words.
        """
        if self._best is None:
            raise InputError(
                f"{self.folder} has no answer, so no arm is the best; compare arms that differ "
                "in regime, vectors and encoder alone"
            )
        return trained(self._best, results=self.folder)

    def table(self) -> "DataFrame":
        """A row for each arm and measure, as `embexp compare --format json` has them."""
        from pandas import DataFrame

        return DataFrame([*self._shown.objects])

    def figure(self, name: str | None = None) -> "Figure":
        """A figure of the arms, by matplotlib: the first that the results are enough for.

        Args:
            name: plane, emergence, strata, sensitivity or search.

        Raises:
            InputError: the results are not enough for it, or matplotlib is not installed.
        """
        rows = self._results.reported().rows
        drawable = figures.drawable(rows, searches=searches_of(self._results))
        if not drawable:
            raise InputError(
                f"{self.folder} has too little to draw: no word pairs with scores and few "
                "evaluation steps; table() has the numbers"
            )
        if name is not None and name not in drawable:
            raise unknown("figure", name, drawable)
        return drawable[name or next(iter(drawable))]()

    def report(self, path: str | Path | None = None) -> Path:
        """Writes one page of HTML, as `embexp report` does, and returns where.

        Args:
            path: of the page; report.html beside the results by default.
        """
        out = self.folder / "report.html" if path is None else Path(path)
        write_page(self.folder, out, f"embexp report {shlex.quote(str(self.folder))}")
        return out

    def __repr__(self) -> str:
        every = {each["arm"] for each in self._shown.objects}
        arms = [arm for arm in every if not arm.startswith(BASELINE)]
        best = f"best {self._best.title}" if self._best else "no answer"
        return printable(f"Comparison({len(arms)} arms, {best}, {self.folder})")

    def _repr_html_(self) -> str:
        """The answer and the summary, for notebooks; text from data is escaped."""
        caption = " ".join((*self._shown.caption, *self._shown.notes))
        parts = [f"<p><b>{escaped(self.answer)}</b></p>"] if self.answer else []
        parts += map(html_grid, self._shown.summary)
        return "\n".join([*parts, f"<p><small>{escaped(caption)}</small></p>"])
