"""Claims of `docs/findings.md` that numbers beside them do not show, against their rows."""

from pathlib import Path

import numpy as np
import pytest

from embexp import records
from embexp.comparing.tables import table_of
from embexp.measures.variance import crossed_mean

RESULTS = Path(__file__).parents[1] / "results"


@pytest.mark.parametrize(
    ("name", "stratum", "above"),
    [
        ("imdb_regimes", "seen 5-99", False),
        ("imdb_regimes", "seen 100-999", True),
        ("imdb_regimes", "seen >=1000", True),
        ("quickstart", "seen 5-99", False),
        ("quickstart", "seen 100-999", False),
    ],
)
def test_a_random_start_is_above_glove_in_frequent_words_of_imdb_alone(name, stratum, above):
    glove = "frozen · glove-6b-100d" if name == "imdb_regimes" else "frozen"
    made = table_of(RESULTS / name, measures=("polarity",), stratum=stratum, baseline=glove)
    found = {each["regime"]: each for each in made.objects if each["measure"] == "polarity"}
    assert (found["random"]["difference_low"] > 0) == above
    assert (found["random"]["difference_high"] < 0) == (not above)
    assert found["tuned"]["difference_low"] > 0


def test_the_deep_average_is_ahead_in_one_pair_and_behind_in_one():
    folder = RESULTS / "iyyer_2015"
    scores, runs = records.read_scores(folder), records.read_runs(folder)

    def right(**wanted):
        own = {
            run["spec"]["seed"]: scores[digest]["accuracy"]
            for digest, run in runs.items()
            if digest in scores and wanted.items() <= run["spec"].items()
        }
        return np.stack([own[seed] for seed in sorted(own)]).astype(float)

    shown = {}
    for corpus in ("mr", "sst1", "sst2-phrases"):
        for regime in ("random", "tuned"):
            deep, plain = (
                right(corpus=corpus, regime=regime, encoder=each) for each in ("dan", "mean")
            )
            found = crossed_mean(deep - plain)
            shown[corpus, regime] = (found.low > 0) - (found.high < 0)
    assert {key: sign for key, sign in shown.items() if sign} == {
        ("sst1", "tuned"): 1,
        ("mr", "random"): -1,
    }


def test_tuned_vectors_are_ahead_with_more_labels_on_other_data():
    shown = (RESULTS / "few_label_settings" / "table.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:4]] for line in shown if "|" in line]
    means = {(regime, labels): float(mean) for regime, labels, mean in cells if mean[:1] == "."}
    for labels in ("200", "800"):
        assert means["tuned", labels] > means["random", labels] + 0.02
