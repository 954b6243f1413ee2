"""A sweep from end to end on a corpus of a few hundred made-up sentences: its rows,
what a kill leaves, and what fails."""

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from embexp import records, sweep
from embexp.errors import InputError
from embexp.report.tables import comparison
from embexp.report.writers import markdown
from embexp.spec import Spec, grid
from embexp.sweep import group, plan, task

GOOD, BAD = (
    ["good", "great", "fine", "lovely", "superb"],
    ["bad", "awful", "dull", "poor", "dreadful"],
)
REST = [
    "the",
    "a",
    "film",
    "plot",
    "actor",
    "scene",
    "was",
    "with",
    "and",
    "of",
    "music",
    "story",
    "movie",
    "end",
    "an",
    "it",
]
REGIMES = [
    "random",
    "random-frozen",
    "glove-frozen",
    "glove-tuned",
    "glove-delayed",
    "permuted",
    "random-labels",
]


def write_corpus(folder: Path, poisoned: bool = False, test_is_validation: bool = False) -> Path:
    """Sentences whose class is that of most of their telling words, in three files.

    `poisoned` puts other words of the same number and wrong labels into the test split;
    `test_is_validation` the validation split.
    """
    rng = random.Random(0)
    folder.mkdir()
    for split, texts in (("train", 200), ("validation", 64), ("test", 64)):
        lines = ["text,label"]
        for number in range(texts):
            own, other = (GOOD, BAD) if number % 2 else (BAD, GOOD)
            words = [
                *rng.choices(REST, k=rng.randint(0, 9)),
                *rng.choices(own, k=2),
                *rng.choices([*own, *other], k=1),
            ]
            rng.shuffle(words)
            label = "pos" if number % 2 else "neg"
            if poisoned and split == "test":
                words, label = ["dreadful"] * len(words), "neg" if number % 3 else "pos"
            lines.append(f"{' '.join(words)},{label}")
        (folder / f"{split}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if test_is_validation:
        shutil.copy(folder / "validation.csv", folder / "test.csv")
    return folder


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> SimpleNamespace:
    """The corpus, vectors in which good and bad words stand apart a little, and specs over both."""
    folder = tmp_path_factory.mktemp("world")
    rng = np.random.default_rng(0)
    with (folder / "vectors.txt").open("w") as file:
        for word in [*GOOD, *BAD, *REST[:-2], "unheard"]:
            lean = 0.5 * (word in GOOD) - 0.5 * (word in BAD)
            file.write(
                f"{word} {' '.join(f'{number:.4f}' for number in rng.normal(lean, 0.5, 6))}\n"
            )
    lexicon = folder / "lexicon.tsv"
    lexicon.write_text("".join(f"{word}\t{1 if word in GOOD else -1}\n" for word in GOOD + BAD))
    corpora = {
        "plain": write_corpus(folder / "corpus"),
        "poisoned": write_corpus(folder / "poisoned", poisoned=True),
        "twice": write_corpus(folder / "twice", test_is_validation=True),
    }

    def specs(corpus: str = "plain", **fields) -> list[Spec]:
        given = {
            "regime": REGIMES,
            "encoder": "mean",
            "seed": [0, 1],
            "vectors": str(folder / "vectors.txt"),
            "lexicon": str(lexicon),
        }
        given |= {
            "epochs": 3,
            "batch": 16,
            "buckets": 2,
            "min_count": 1,
            "rate": 0.03,
            "cosines": ("good:bad",),
        }
        return grid(corpus=str(corpora[corpus]), **(given | fields))

    return SimpleNamespace(folder=folder, specs=specs)


@pytest.fixture(scope="module")
def finished(world) -> SimpleNamespace:
    """All regimes by two seeds, run once."""
    folder, seen = world.folder / "finished", []
    rows = sweep.run(
        world.specs(), results=folder, progress=lambda group, step: seen.append((group, step))
    )
    return SimpleNamespace(folder=folder, rows=rows, progress=seen)


@pytest.fixture
def in_fours(monkeypatch) -> None:
    """Groups of four cells, so that a sweep has several."""
    monkeypatch.setattr(plan, "CELLS", 4)


def as_set(rows: list[dict]) -> Counter:
    return Counter(json.dumps(row, sort_keys=True) for row in rows)


def values(rows: list[dict], **where) -> list[float]:
    return [row["value"] for row in rows if all(row[key] == value for key, value in where.items())]


def test_two_runs_of_the_same_specs_give_the_same_rows_and_logits(world, finished):
    task._task.cache_clear()
    again = world.folder / "again"
    assert sweep.run(world.specs(), results=again) == finished.rows
    logits = {path.name: path.read_bytes() for path in (finished.folder / "logits").iterdir()}
    assert logits == {path.name: path.read_bytes() for path in (again / "logits").iterdir()}
    assert len(logits) == 2 * len(REGIMES)


@pytest.mark.parametrize("regime", ["glove-tuned", "random-labels"])
def test_a_cell_run_alone_has_the_rows_that_it_has_in_the_grid(world, finished, regime):
    (spec,) = world.specs(regime=regime, seed=1)
    rows = sweep.run([spec], results=world.folder / f"alone-{regime}")
    assert rows == [row for row in finished.rows if row["digest"] == spec.digest]


def test_cells_in_other_groups_have_the_same_rows(world, finished, in_fours):
    assert as_set(sweep.run(world.specs(), results=world.folder / "in-fours")) == as_set(
        finished.rows
    )


def test_a_finished_sweep_runs_nothing_and_a_larger_one_only_what_is_missing(
    world, finished, monkeypatch
):
    folder = world.folder / "grown"
    shutil.copytree(finished.folder, folder)
    ran = []
    monkeypatch.setattr(
        sweep,
        "run_group",
        lambda task, specs, **_: ran.extend(specs) or [group.Outcome(spec) for spec in specs],
    )
    assert sweep.run(world.specs(), results=folder) == finished.rows
    assert not ran
    assert sweep.missing([*world.specs(), *world.specs()], folder) == []
    sweep.run(world.specs(seed=range(3)), results=folder)
    assert {spec.seed for spec in ran} == {2}
    assert len(ran) == len(REGIMES)


def test_progress_is_told_at_every_seam_of_every_group(finished):
    for of_group, seen in itertools.groupby(finished.progress, key=lambda told: told[0]):
        assert [step for _, step in seen] == of_group.task.seams
    assert sum(
        len(of_group.specs)
        for of_group in {id(told): told for told, _ in finished.progress}.values()
    ) == 2 * len(REGIMES)


def test_every_cell_is_measured_at_every_seam_and_on_the_test_split_once(finished):
    seams = sorted({row["step"] for row in finished.rows})
    assert seams[:5] == [0, 1, 2, 4, 8]
    assert len(seams) > 6
    for digest in {row["digest"] for row in finished.rows}:
        own = [row for row in finished.rows if row["digest"] == digest]
        for split, measure in (
            ("validation", "nll"),
            ("validation", "accuracy"),
            ("words", "cos(good,bad)"),
            ("words", "top1_share"),
        ):
            assert [
                row["step"] for row in own if (row["split"], row["measure"]) == (split, measure)
            ] == seams
        assert Counter(row["measure"] for row in own if row["split"] == "test") == {
            "accuracy": 1,
            "nll": 1,
        }


def test_validation_picks_the_step_that_the_test_split_is_scored_at(finished):
    for digest in {row["digest"] for row in finished.rows}:
        own = [row for row in finished.rows if row["digest"] == digest]
        nll = {
            row["step"]: row["value"]
            for row in own
            if row["split"] == "validation" and row["measure"] == "nll"
        }
        best = min((value, step) for step, value in nll.items() if step > 0)[1]
        assert {row["step"] for row in own if row["split"] == "test"} == {best}


def test_the_parameters_scored_are_those_of_the_picked_step(world):
    specs = world.specs(
        "twice", regime=["random", "glove-tuned"], rate=0.5
    )  # so fast that the last step is not the best
    rows = sweep.run(specs, results=world.folder / "twice-run")
    last = max(row["step"] for row in rows)
    picked = set()
    for spec in specs:
        for measure in ("accuracy", "nll"):
            (test,) = [
                row
                for row in rows
                if row["digest"] == spec.digest
                and row["split"] == "test"
                and row["measure"] == measure
            ]
            assert [test["value"]] == values(
                rows, digest=spec.digest, split="validation", measure=measure, step=test["step"]
            )
        picked.add(test["step"])
    assert min(picked) < last


def test_without_a_holdout_every_text_but_the_test_split_is_trained_on_and_the_last_step_is_scored(
    world,
):
    specs = world.specs(regime=["random", "random-labels"], holdout="none", epochs=20)
    rows = sweep.run(specs, results=world.folder / "all")
    whole, parts = task.task_of(specs[0]), task.task_of(world.specs()[0])
    assert len(whole.train) == len(parts.train) + len(parts.validation) == 264
    assert (
        {row["step"] for row in rows if row["split"] == "test"}
        == {whole.schedule.steps}
        == {20 * -(-264 // 16)}
    )
    assert {row["split"] for row in rows} == {"words", "train", "test"}
    assert not [row for row in rows if row["measure"] == "polarity"]
    ends = [
        {
            regime: values(
                rows, regime=regime, split=split, measure="nll", step=whole.schedule.steps
            )
            for regime in ("random", "random-labels")
        }
        for split in ("train", "test")
    ]
    assert max(ends[0]["random"]) < min(ends[0]["random-labels"]) < np.log(2), (
        "noise, too, is fitted where it is trained on"
    )
    assert min(ends[1]["random-labels"]) > np.log(2)


def test_kept_logits_give_the_test_scores(world, finished):
    labels = task.task_of(world.specs()[0]).test.labels
    for spec in world.specs():
        logits = np.load(finished.folder / "logits" / f"{spec.digest}.npy", allow_pickle=False)
        assert logits.shape == (64, 2)
        assert values(finished.rows, digest=spec.digest, split="test", measure="accuracy") == [
            float((logits.argmax(1) == labels).mean())
        ]


def test_the_test_split_changes_nothing_but_its_own_scores(world, finished):
    regimes = ["glove-tuned", "random"]
    rows = sweep.run(world.specs("poisoned", regime=regimes), results=world.folder / "poisoned-run")

    def told(rows: list[dict], test: bool) -> list[tuple]:
        keys = (
            "regime",
            "seed",
            "step",
            "split",
            "measure",
            "value",
            "low",
            "high",
            "n",
            "total",
            "stratum",
        )
        return sorted(
            [str(row[key]) for key in keys]
            for row in rows
            if row["regime"] in regimes and (row["split"] == "test") == test
        )

    assert told(rows, False) == told(finished.rows, False)
    assert len(told(rows, True)) == len(told(finished.rows, True))
    assert told(rows, True) != told(finished.rows, True)


def test_frozen_tables_keep_every_measure_and_delayed_ones_until_they_begin(finished):
    half = max(row["step"] for row in finished.rows) // 2
    for regime, seed in itertools.product(
        ("random-frozen", "glove-frozen", "glove-delayed"), (0, 1)
    ):
        where = {"regime": regime, "seed": seed, "split": "words"}
        steps = {
            row["step"] for row in finished.rows if regime != "glove-delayed" or row["step"] <= half
        }
        for measure in ("cos(good,bad)", "overlap@10", "simlex999", "top1_share"):
            assert (
                len(
                    {
                        value
                        for step in steps
                        for value in values(finished.rows, step=step, measure=measure, **where)
                    }
                )
                == 1
            )
    tuned = values(finished.rows, regime="glove-tuned", seed=0, measure="cos(good,bad)")
    assert len(set(tuned)) == len(tuned)
    late = values(finished.rows, regime="glove-delayed", seed=0, measure="cos(good,bad)")
    assert (
        late[0]
        == values(finished.rows, regime="glove-frozen", seed=0, measure="cos(good,bad)")[0]
        != late[-1]
    )


def test_coverage_is_that_of_the_vectors(finished):
    # <unk> and <pad> are no words; two of the twenty-six have no vector
    assert set(values(finished.rows, measure="coverage_types")) == {24 / 26}
    assert {
        (row["n"], row["total"]) for row in finished.rows if row["measure"] == "coverage_types"
    } == {(24, 26)}


def test_regimes_of_a_seed_share_all_that_they_can(world):
    own = task.task_of(world.specs()[0])
    members = {}
    for spec in world.specs():
        outcome = group.Outcome(spec)
        members[spec.regime, spec.seed] = group.enter(own, own.recipe(spec), outcome)
        assert outcome.error is None
    for regime in REGIMES:
        one, other = members["random", 0], members[regime, 0]
        np.testing.assert_array_equal(one.cell.rows, other.cell.rows)
        np.testing.assert_array_equal(
            one.state.params["head"]["kernel"], other.state.params["head"]["kernel"]
        )
        assert (one.cell.key == other.cell.key).all()
        assert (one.cell.rows != members[regime, 1].cell.rows).any()
        assert (other.start.table != members[regime, 1].start.table).any() or "glove" in regime
        same = [
            bool((a == b).all())
            for a, b in (
                (other.cell.labels, own.train.labels),
                (other.labels, own.validation.labels),
            )
        ]
        assert same == [regime != "random-labels"] * 2
    np.testing.assert_array_equal(
        members["random", 0].start.table, members["random-labels", 0].start.table
    )
    np.testing.assert_array_equal(
        members["glove-tuned", 0].start.table, members["glove-frozen", 0].start.table
    )
    shuffled = members["random-labels", 0]
    assert np.bincount(shuffled.cell.labels).tolist() == np.bincount(own.train.labels).tolist()
    assert np.bincount(shuffled.labels).tolist() == np.bincount(own.validation.labels).tolist()


def test_random_labels_end_at_chance_where_true_ones_end_far_above(world):
    specs = world.specs(regime=["random", "random-labels"], seed=range(10))
    rows = sweep.run(specs, results=world.folder / "control")
    control, true = (
        values(rows, regime=regime, split="test", measure="accuracy")
        for regime in ("random-labels", "random")
    )
    assert len(control) == 10
    assert stats.ttest_1samp(control, 0.5).pvalue > 0.01
    assert min(true) > 0.8
    assert stats.ttest_ind(true, control).pvalue < 1e-3


def test_a_cell_that_diverges_is_recorded_with_its_error_and_the_others_go_on(world, finished):
    folder = world.folder / "diverging"
    sound = world.specs(regime="glove-frozen")
    (broken,) = world.specs(
        regime="glove-tuned", seed=0, table_rate=1e38
    )  # in one group with the sound ones: a rate is a number
    rows = sweep.run([sound[0], broken, sound[1]], results=folder)
    assert as_set(rows) == as_set([row for row in finished.rows if row["regime"] == "glove-frozen"])
    cells = records.read_cells(folder)
    assert cells[broken.digest]["error"].startswith(
        "FloatingPointError: the logits hold NaN or infinity at step"
    )
    shown = markdown(comparison(rows, cells))
    assert "0/2 (1 failed, 1 not run)" in shown
    assert "Failed: mean / glove-tuned" in shown
    assert "NaN or infinity" in shown
    assert sweep.missing([broken, *sound], folder) == [broken]  # it is tried again


def test_a_cell_that_cannot_start_or_be_measured_leaves_the_others_alone(
    world, finished, monkeypatch
):
    start, measure = group.start_table, task.Panel.look

    def fragile(regime, *arguments, **options):
        if regime.start == "permuted":
            raise MemoryError("no room")
        return start(regime, *arguments, **options)

    def fragile_too(panel, table, *rest):
        if table[2, 0] == unlucky:
            raise InputError("the table holds NaN")
        return measure(panel, table, *rest)

    own = task.task_of(world.specs()[0])
    (spec,) = world.specs(regime="random", seed=1)
    unlucky = group.enter(own, own.recipe(spec), group.Outcome(spec)).start.table[2, 0]
    monkeypatch.setattr(group, "start_table", fragile)
    monkeypatch.setattr(task.Panel, "look", fragile_too)
    folder = world.folder / "fragile"
    rows = sweep.run(
        world.specs(regime=["permuted", "random", "glove-tuned"], seed=1), results=folder
    )
    assert as_set(rows) == as_set(
        [row for row in finished.rows if row["regime"] == "glove-tuned" and row["seed"] == 1]
    )
    errors = sorted(cell["error"] for cell in records.read_cells(folder).values() if cell["error"])
    assert errors == ["InputError: the table holds NaN", "MemoryError: no room"]


def test_a_group_that_breaks_is_recorded_for_each_of_its_cells_and_the_next_one_runs(
    world, finished, monkeypatch
):
    train = group.train

    def fragile(task, recipe, *rest):
        if recipe.encoder == "lstm":
            raise RuntimeError("out of memory")
        return train(task, recipe, *rest)

    monkeypatch.setattr(group, "train", fragile)
    folder = world.folder / "broken-group"
    specs = [*world.specs(encoder="lstm", regime="random"), *world.specs(regime="random")]
    rows = sweep.run(specs, results=folder)
    assert as_set(rows) == as_set([row for row in finished.rows if row["regime"] == "random"])
    assert [cell["error"] for cell in records.read_cells(folder).values()].count(
        "RuntimeError: out of memory"
    ) == 2


class Killed(BaseException):
    """Stands for SIGKILL where the process must live on."""


def test_a_sweep_cut_off_at_any_write_ends_with_the_same_rows_and_repeats_nothing(
    world, finished, in_fours, monkeypatch
):
    folder = world.folder / "cut"
    append, save, ran = records._append, np.save, []
    run_group = group.run_group

    def noting(task, specs, **options):
        cells = records.read_cells(folder) if folder.is_dir() else {}
        assert not [spec for spec in specs if spec.digest in cells]
        ran.append(len(specs))
        return run_group(task, specs, **options)

    def dying_at(turn):
        writes = itertools.count()

        def half(path, lines):
            """Writes half of what it is given, to the byte, and dies at the write that
            is the turn's."""
            text = "".join(line + "\n" for line in lines).encode()
            if next(writes) == turn:
                with path.open("ab") as file:
                    file.write(text[: len(text) // 2])
                raise Killed
            append(path, text.decode().splitlines())

        return half

    monkeypatch.setattr(sweep, "run_group", noting)
    for turn in (0, 1, 5, 12):  # rows, a cell's line, and some later ones of the same sweep
        monkeypatch.setattr(records, "_append", dying_at(turn))
        with pytest.raises(Killed):
            sweep.run(world.specs(), results=folder)
    monkeypatch.setattr(records, "_append", append)

    def torn(path, array, **_):
        path.write_bytes(b"\x93NUMPY")
        raise Killed

    monkeypatch.setattr(np, "save", torn)
    with pytest.raises(Killed):
        sweep.run(world.specs(), results=folder)
    monkeypatch.setattr(np, "save", save)
    assert as_set(sweep.run(world.specs(), results=folder)) == as_set(finished.rows)
    lines = [
        json.loads(line)
        for line in (folder / "cells.jsonl").read_text().splitlines()
        if line.endswith("}")
    ]
    assert max(Counter(line["digest"] for line in lines).values()) == 1
    for path in (folder / "logits").iterdir():
        assert path.read_bytes() == (finished.folder / "logits" / path.name).read_bytes()
    ran.clear()
    sweep.run(world.specs(), results=folder)
    assert not ran


SCRIPT = """
    import json, os, signal, sys
    import numpy as np
    from embexp import records, sweep
    from embexp.spec import Spec
    from embexp.sweep import group, plan

    folder, moment, specs = sys.argv[1], sys.argv[2], [Spec(**each) for each in json.loads(sys.argv[3])]
    plan.CELLS = 4
    append, train, steps = records._append, group.train, []

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def half(path, lines):
        lines = list(lines)
        if moment == path.name:
            text = "".join(line + "\\n" for line in lines).encode()
            with open(path, "ab") as file:
                file.write(text[: len(text) // 2])
            die()
        append(path, lines)
        if moment == f"after {path.name}":
            die()

    def told(of_group, step):
        steps.append(step)
        if moment == f"step {len(steps)}":
            die()

    records._append = half
    if moment == "test":
        group.score_test = lambda *_: die()
    sweep.run(specs, results=folder, progress=told)
"""


@pytest.mark.slow
def test_a_sweep_killed_again_and_again_ends_with_the_rows_of_one_that_never_was(world, finished):
    folder = world.folder / "killed"
    given = json.dumps([spec.model_dump(mode="json") for spec in world.specs()])

    def start(moment: str) -> int:
        command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(folder), moment, given]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ, timeout=200)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        return done.returncode

    finished_before = 0
    for moment in (
        "step 1",
        "step 4",
        "test",
        "rows.jsonl",
        "after rows.jsonl",
        "cells.jsonl",
        "after cells.jsonl",
        "step 12",
    ):
        assert start(moment) == -signal.SIGKILL
        cells = records.read_cells(folder)
        assert len(cells) >= finished_before
        finished_before = len(cells)
    assert 0 < finished_before < len(world.specs())
    assert start("never") == 0
    assert as_set(records.read_rows(folder)) == as_set(finished.rows)
    lines = [
        json.loads(line)
        for line in (folder / "cells.jsonl").read_text().splitlines()
        if line.endswith("}")
    ]
    assert Counter(line["digest"] for line in lines) == {spec.digest: 1 for spec in world.specs()}


@pytest.mark.parametrize(
    ("cores", "cells", "sizes"),
    [(2, 7, [8]), (2, 1, [1]), (2, 13, [8, 8]), (64, 7, [7]), (8, 12, [16]), (1, 5, [5])],
)
def test_groups_fill_the_cores_and_repeat_no_more_cells_than_that_takes(
    world, monkeypatch, cores, cells, sizes
):
    monkeypatch.setattr(plan, "cores", lambda: cores)
    groups = plan.groups_of(world.specs(regime="random", seed=range(cells)))
    assert [each.size for each in groups] == sizes
    assert [spec.seed for each in groups for spec in each.specs] == list(range(cells))


def test_changed_data_are_refused_before_anything_runs(world, finished, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep, "run_group", lambda *_, **__: pytest.fail("trained on changed data"))
    folder, corpus, vectors = tmp_path / "results", tmp_path / "corpus", tmp_path / "vectors.txt"
    shutil.copytree(world.folder / "corpus", corpus)
    shutil.copy(world.folder / "vectors.txt", vectors)
    (spec,) = [
        each.model_copy(update={"corpus": str(corpus), "vectors": str(vectors)})
        for each in world.specs(regime="random", seed=0)
    ]
    made_with = {
        "code": {},
        "versions": {},
        "device": "",
        "seconds": 1.0,
        "time": "",
        "error": None,
    }
    cell = records.Cell(
        spec.digest, "0", spec.model_dump(mode="json"), task.task_of(spec).checksums, **made_with
    )
    records.append(folder, [], cell)
    assert sweep.missing([spec], folder) == []
    for path, name in ((corpus / "test.csv", "corpus"), (vectors, "vectors")):
        was = path.read_bytes()
        path.write_bytes(was.replace(b"film", b"folm"))
        task._task.cache_clear()
        with pytest.raises(
            InputError, match=f"holds cells made from another {name} than .* give another folder"
        ):
            sweep.run([spec, *world.specs(seed=5)], results=folder)
        with pytest.raises(
            InputError, match=f"holds cells made from another {name} than .* give another folder"
        ):
            sweep.run(
                spec.model_copy(update={"seed": 7}), results=folder
            )  # no cell of its own has finished
        path.write_bytes(was)
    task._task.cache_clear()


def test_a_sweep_of_nothing_and_one_that_cannot_be_written_are_refused_before_training(
    world, tmp_path, monkeypatch
):
    monkeypatch.setattr(sweep, "run_group", lambda *_, **__: pytest.fail("trained for nothing"))
    with pytest.raises(InputError, match="there are no cells to run"):
        sweep.run([], results=tmp_path / "results")
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    for folder in (in_the_way, in_the_way / "below"):
        with pytest.raises(
            InputError, match=r"results cannot be written to .*; give another folder"
        ):
            sweep.run(world.specs(), results=folder)
