"""Intervals over seeds and items, families of tests and trials, against plain NumPy and scipy."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_runs import ended, entry, objects_of
from scipy import stats
from sklearn.metrics import f1_score

from embexp import records
from embexp.comparing.tables import table_of
from embexp.errors import InputError
from embexp.measures.task import task_measures, task_scores
from embexp.records import Row, Run, coarse
from embexp.records.scores import compact
from embexp.report import tables
from embexp.report.inference import Inference
from embexp.runner import experiments

SEEDS, TEXTS = 6, 300
ARMS = {"frozen · glove": 0.6, "tuned · glove": 1.1, "random": 1.0}
LABELS = np.arange(TEXTS) % 2
DATA = {"corpus": "c", "similarity": "s"}


def logits_of(arm: str, seed: int) -> np.ndarray:
    """Logits with an effect of the text, one of the seed and a residual."""
    of_texts = np.random.default_rng(0).normal(size=TEXTS)
    draw = np.random.default_rng([seed, len(arm)])
    margin = ARMS[arm] + of_texts + 0.2 * draw.normal() + 0.5 * draw.normal(size=TEXTS)
    logits = np.zeros((TEXTS, 2), np.float32)
    logits[np.arange(TEXTS), LABELS] = margin
    return logits


def write(
    folder: Path, arm: str, seed: int, *, scores: dict[str, Any] | None = None, **spec: Any
) -> Run:
    """A run with the values of its logits, and the scores of single texts unless others."""
    run = ended({"encoder": "mean", "seed": seed, **spec}, arm, data=DATA)
    logits = logits_of(arm, seed)
    rows = [
        Row(run.digest, run.run, 8, "test", name, *value)
        for name, value in task_measures(logits, LABELS)
    ]
    if scores is None:
        scores = {
            name: each if each.dtype == bool else coarse(each)
            for name, each in task_scores(logits, LABELS)
        }
    files = [records.write_scores(folder, run.digest, scores)] if scores else []
    records.append(folder, rows, run, files)
    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for arm in ARMS:
        for seed in range(SEEDS):
            write(tmp_path, arm, seed)
    return tmp_path


def crossed(x: np.ndarray) -> tuple[float, float, float]:
    """Half-width, p and df of the mean of a seeds × items table, by textbook mean squares."""
    s, n = x.shape
    m, rows, columns = x.mean(), x.mean(axis=1), x.mean(axis=0)
    ms_s = n * ((rows - m) ** 2).sum() / (s - 1)
    ms_i = s * ((columns - m) ** 2).sum() / (n - 1)
    ms_e = ((x - rows[:, None] - columns + m) ** 2).sum() / ((s - 1) * (n - 1))
    parts = [(ms_s, s - 1), (ms_i, n - 1), (-ms_e, (s - 1) * (n - 1))]
    if ms_i <= ms_e:
        parts = parts[:1]
    total = sum(square for square, _ in parts)
    df = max(total**2 / sum(square**2 / d for square, d in parts), min(s, n) - 1)
    error = np.sqrt(total / x.size)
    return stats.t.ppf(0.975, df) * error, 2 * stats.t.sf(abs(m) / error, df), df


def right(arm: str) -> np.ndarray:
    every = [logits_of(arm, seed).argmax(axis=1) == LABELS for seed in range(SEEDS)]
    return np.array(every, float)


def loss(arm: str) -> np.ndarray:
    every = [logits_of(arm, seed).astype(float) for seed in range(SEEDS)]
    return np.array([lost(each) for each in every])


def lost(logits: np.ndarray) -> np.ndarray:
    return np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(TEXTS), LABELS]


def test_levels_and_differences_cover_seeds_and_texts(folder: Path) -> None:
    table = table_of(folder, measures=["accuracy", "nll"])
    raw = {}
    for arm in ("tuned · glove", "random"):
        found = entry(table, arm)
        x = right(arm)
        half, _, _ = crossed(x)
        assert found["mean"] == pytest.approx(x.mean())
        assert found["high"] - found["mean"] == pytest.approx(half)
        half, raw[arm], df = crossed(x - right("frozen · glove"))
        assert found["difference"] == pytest.approx((x - right("frozen · glove")).mean())
        assert found["difference"] - found["difference_low"] == pytest.approx(half)
        assert found["difference_df"] == pytest.approx(df)
        assert found["sources"] == found["difference_sources"] == "seeds and texts"
        # three bits of a mantissa change the spread of losses by less than 1 %
        half, p, _ = crossed(loss(arm) - loss("frozen · glove"))
        found = entry(table, arm, "nll")
        assert found["difference_high"] - found["difference"] == pytest.approx(half, rel=0.01)
        assert (found["p"], found["exploratory"]) == (pytest.approx(p, rel=0.05), True)
    least, most = sorted(raw, key=raw.__getitem__)
    assert entry(table, least)["p"] == pytest.approx(2 * raw[least])
    assert entry(table, most)["p"] == pytest.approx(max(2 * raw[least], raw[most]))
    assert "Intervals cover seeds and texts (accuracy, NLL (nats))" in table.caption[0]
    assert objects_of(table)


def test_intervals_over_items_are_wider_than_those_over_seeds(folder: Path) -> None:
    found = records.read(folder)
    over_seeds = tables.comparison(found.rows, found.runs, ["accuracy"])
    both = table_of(folder, measures=["accuracy"])
    for arm in ARMS:
        one, other = entry(over_seeds, arm), entry(both, arm)
        assert one["high"] - one["low"] < other["high"] - other["low"]
        assert (one["mean"], one["difference"]) == (other["mean"], other["difference"])
    assert entry(over_seeds, "random")["sources"] == "seeds"
    assert "Intervals cover seeds alone" in over_seeds.caption[0]


def test_an_arm_that_lacks_scores_falls_back_to_seeds_and_the_caption_says_so(
    folder: Path,
) -> None:
    write(folder, "random", SEEDS, scores={})
    table = table_of(folder, measures=["accuracy"])
    assert entry(table, "random")["sources"] == "seeds"
    assert entry(table, "tuned · glove")["sources"] == "seeds and texts"
    assert entry(table, "random")["difference_sources"] == "seeds and texts"  # the paired seeds
    assert "seeds and texts (accuracy); seeds alone, " in table.caption[0]


def test_scores_of_other_items_are_not_compared(tmp_path: Path) -> None:
    pairs = {"frozen · glove": [0.1, np.nan, 0.3], "random": [0.1, 0.2, np.nan]}
    for arm, scores in pairs.items():
        for seed in range(3):
            run = ended({"encoder": "mean", "seed": seed}, arm, data=DATA)
            own = np.array(scores, np.float16) + np.float16(seed / 8)
            value = float(np.nanmean(own.astype(float)))
            places = [
                Row(run.digest, run.run, 8, split, name, value, None, None, 2, 3, 0.0)
                for split, name in (("words", "simlex999"), ("test", "accuracy"))
            ]
            file = records.write_scores(tmp_path, run.digest, {"simlex999": own})
            records.append(tmp_path, places, run, [file])
    found = entry(table_of(tmp_path), "random", "simlex999")
    assert (found["sources"], found["difference_sources"]) == ("seeds and word pairs", "seeds")


def test_at_another_step_scores_do_not_count(folder: Path) -> None:
    found = entry(table_of(folder, checkpoint="last"), "random")
    assert found["sources"] == "seeds"


def test_tokens_of_a_sentence_are_one_item(tmp_path: Path) -> None:
    lengths = np.array([3, 0, 1, 6] * 30)
    for arm in ARMS:
        for seed in range(SEEDS):
            (_, hits), *_ = task_scores(logits_of(arm, seed), LABELS)
            scores = {"accuracy": hits, "sentences": lengths}
            write(tmp_path, arm, seed, scores=scores)
    found = entry(table_of(tmp_path), "tuned · glove")
    assert found["sources"] == "seeds and sentences"
    of = np.repeat(np.arange(len(lengths)), lengths)
    x = right("tuned · glove")
    mean = x.mean(axis=1, keepdims=True)
    sums = np.array(
        [[(row - m)[of == k].sum() for k in set(of)] for row, m in zip(x, mean, strict=True)]
    )
    half, _, _ = crossed(mean + sums * (sums.shape[1] / TEXTS))
    assert found["high"] - found["mean"] == pytest.approx(half)


def test_one_seed_has_an_interval_over_its_texts(tmp_path: Path) -> None:
    write(tmp_path, "frozen · glove", 0)
    write(tmp_path, "random", 0)
    found = entry(table_of(tmp_path), "random")
    d = right("random")[0] - right("frozen · glove")[0]
    low, high = stats.t.interval(0.95, TEXTS - 1, d.mean(), stats.sem(d))
    assert [found["difference_low"], found["difference_high"]] == pytest.approx([low, high])
    assert (found["sources"], found["starred"]) == ("texts", False)


def test_the_family_is_the_same_whatever_is_shown(folder: Path) -> None:
    def p(**options: Any) -> dict[str, float]:
        table = table_of(folder, **options)
        return {each["arm"]: each["p"] for each in table.objects if each["measure"] == "accuracy"}

    assert p() == p(measures=["accuracy"]) == p(measures=["accuracy", "nll", "macro_f1"])
    wide = table_of(folder, measures=["macro_f1"], family=("accuracy", "nll"))
    assert "for the 4 comparisons of the declared family (accuracy, NLL (nats))" in wide.caption[1]
    assert {each["measure"] for each in wide.objects} == {"macro_f1"}
    assert not any(each["starred"] for each in wide.objects)
    assert wide.details[0].header[5] == "p (exploratory)"
    raw = {
        (arm, name): crossed(of(arm) - of("frozen · glove"))[1]
        for arm in ("tuned · glove", "random")
        for name, of in (("accuracy", right), ("nll", loss))
    }
    least, expected = 0.0, {}
    for place, each in enumerate(sorted(raw, key=raw.__getitem__)):
        expected[each] = least = max(least, (4 - place) * raw[each])
    for arm, found in p(family=("accuracy", "nll")).items():
        assert arm == "frozen · glove" or found == pytest.approx(expected[arm, "accuracy"], rel=0.1)


def test_stars_stand_in_the_family_only(folder: Path) -> None:
    for seed in range(SEEDS, 8):
        for arm in ARMS:
            write(folder, arm, seed)
    table = table_of(folder, measures=["accuracy", "nll"])
    tested = [each for each in table.objects if each["p"] is not None]
    assert {each["measure"] for each in tested if each["starred"]} == {"accuracy"}
    assert all(each["p"] < 0.05 for each in tested if each["measure"] == "nll")


@pytest.mark.parametrize(
    ("margin", "words"),
    [
        (0.5, "equal within .50"),
        (1e-9, "differs by more than .00"),
        ({"nll": 0.1}, None),
    ],
)
def test_the_verdict_within_a_margin_is_said_in_words(folder: Path, margin, words) -> None:
    table = table_of(folder, measures=["accuracy"], margin=margin)
    assert entry(table, "tuned · glove")["equivalence"] == words
    assert any(name.startswith("margin") for name in table.details[0].header) == bool(words)


def test_the_detectable_difference_is_found_with_power_four_fifths(folder: Path) -> None:
    found = entry(table_of(folder), "tuned · glove")
    df = found["difference_df"]
    reach = stats.t.ppf(0.975, df)
    error = (found["difference"] - found["difference_low"]) / reach
    power = stats.nct.sf(reach, df, found["detectable"] / error)
    assert power == pytest.approx(0.8, abs=1e-3)


def test_margins_are_for_shares_that_say_how_well_the_task_is_solved() -> None:
    usual = Inference()
    assert usual.margin_of("accuracy") == usual.margin_of("macro_f1") == 0.01
    for name in ("nll", "calibration_error", "simlex999", "overlap@10", "my own"):
        assert usual.margin_of(name) is None


def test_trials_are_in_no_table(folder: Path) -> None:
    before = table_of(folder)
    write(folder, "random", 1_000_000, trial=True)
    found = records.read(folder)
    assert len(found.runs) == len(found.reported().runs) + 1
    assert {row["seed"] for row in found.reported().rows} == set(range(SEEDS))
    assert table_of(folder) == before


def test_an_experiment_declares_its_family_and_margin(tmp_path: Path) -> None:
    def loaded(text: str) -> experiments.Experiment:
        path = tmp_path / "mine.py"
        path.write_text(f'"""Is it?"""\n{text}\n\n\ndef specs(seeds=1): ...\n')
        return experiments.load(str(path))

    assert loaded("").family is None
    assert loaded('MEASURES = ("nll", "accuracy")').family == ("nll",)
    assert loaded('FAMILY, MARGIN = ("nll", "accuracy"), 0.02').margin == 0.02
    with pytest.raises(InputError, match="unknown measure 'acuracy'; did you mean 'accuracy'"):
        loaded('FAMILY = ("acuracy",)')


def published(folder: Path, home: Path) -> Path:
    """The folder as it is published."""
    found = records.read(folder)
    runs = [
        (
            Run(**{key: run[key] for key in Run._fields}),
            [
                Row(**{key: row[key] for key in Row._fields})
                for row in found.rows
                if row["run"] == run["run"]
            ],
        )
        for run in found.runs.values()
    ]
    scores = {each: own.path for each, own in records.scores_of(folder, found.runs).items()}
    records.publish(home, runs, scores)
    return home


def test_what_is_published_gives_the_same_table_and_scores(folder: Path, tmp_path: Path) -> None:
    home = published(folder, tmp_path / "published")
    assert table_of(home).objects == table_of(folder).objects
    mine, theirs = records.read_scores(folder), records.read_scores(home)
    assert mine.keys() == theirs.keys()
    for digest, scores in mine.items():
        assert set(scores) == {"accuracy", "nll"} == set(theirs[digest])
        for name in scores:
            np.testing.assert_array_equal(scores[name], theirs[digest][name])
    write(folder, "random", SEEDS, scores={})
    stale = next(iter(mine))
    (folder / records.scores_file(stale)).unlink()
    published(folder, home)
    assert not (home / records.scores_file(stale)).exists()
    assert records.damage(home) == 0


@pytest.mark.parametrize("kind", ["working", "published"])
@pytest.mark.parametrize("harm", ["bit", "cut", "gone"])
def test_damage_of_scores_is_noticed(folder: Path, tmp_path: Path, kind: str, harm: str) -> None:
    home = folder if kind == "working" else published(folder, tmp_path / "published")
    digest = min(records.read_runs(home))
    path = home / records.scores_file(digest)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(bytes(content) if harm == "bit" else content[:-1])
    assert digest not in records.read_runs(home)
    assert digest not in records.read_scores(home)
    assert records.damage(home) == 1


def test_a_published_experiment_of_usual_size_is_small(tmp_path: Path) -> None:
    """30 kB a run are 1.8 MB for 12 seeds of 5 arms."""
    draw = np.random.default_rng(0)
    margin = draw.normal(2, 2, 25_000)
    scores = {
        "accuracy": margin > 0,
        "nll": coarse(np.logaddexp(0, -margin)),
        "simlex999": draw.normal(size=613).astype(np.float16),
    }
    path = tmp_path / records.write_scores(tmp_path, "0", scores)
    assert path.stat().st_size * 60 < 2e6
    before = path.read_bytes()
    records.write_scores(tmp_path, "0", scores)
    assert path.read_bytes() == before


def test_coarse_losses_are_near() -> None:
    exact = np.concatenate([[0.0], np.geomspace(1e-4, 1e9, 1000)])
    found = coarse(exact).astype(float)
    inside = exact < 3e4
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[inside], exact[inside], rtol=1 / 16)


def test_pseudo_values_of_one_class_alone_keep_their_mean() -> None:
    labels = np.repeat([0, 1, 2, 3], [80, 40, 40, 40])
    logits = np.tile([1.0, 0.0, 0.0, 0.0], (len(labels), 1))
    scores = dict(task_scores(logits, labels))["macro_f1"]
    expected = f1_score(labels, logits.argmax(axis=1), average="macro")
    kept = compact(scores, losses=False).astype(float)
    assert kept.mean() == pytest.approx(expected, rel=5e-4)
