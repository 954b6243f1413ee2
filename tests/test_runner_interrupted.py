"""What kills, failures and damage leave behind: nothing counts that is not whole, and the
next run makes it again with the same numbers.
"""

import itertools
import json
import os
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
import small_corpus
from commands import call
from small_corpus import diverging, in_any_order, numbers

from embexp import records, run
from embexp.errors import InputError
from embexp.evaluation.table import TableEvaluator
from embexp.report.tables import comparison
from embexp.report.writers import markdown
from embexp.runner import EXECUTORS, RunResult, init, make_plan, start as starts

small, untrained = small_corpus.small, small_corpus.untrained


@pytest.fixture(scope="module")
def finished(small) -> SimpleNamespace:
    """All regimes by two seeds, run once."""
    folder = small.folder / "finished"
    return SimpleNamespace(folder=folder, rows=run(small.specs(), results=folder))


@pytest.fixture
def in_fours(monkeypatch) -> None:
    """Groups of four runs, so that a sweep has several."""
    monkeypatch.setattr("embexp.runner.plan.LARGEST", 4)


def missing(specs, folder: Path) -> set[str]:
    return {spec.digest for group in make_plan(specs, folder).groups for spec in group.specs}


def of_regime(rows: list[dict], regime: str, seeds=(0, 1)) -> list[dict]:
    return [row for row in rows if row["regime"] == regime and row["seed"] in seeds]


def whole_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]


def test_a_run_that_diverges_is_recorded_with_its_error_and_the_others_go_on(small, finished):
    folder = small.folder / "diverging"
    sound = small.specs(regime="frozen")
    broken = diverging(small, seed=0)
    rows = run([sound[0], broken, sound[1]], results=folder)  # one group: a rate is a number
    assert in_any_order(rows) == in_any_order(of_regime(finished.rows, "frozen"))
    runs = records.read_runs(folder)
    error = "FloatingPointError: the logits hold NaN or infinity at step"
    assert runs[broken.digest]["error"].startswith(error)
    shown = markdown(comparison(rows, runs))
    assert "0/2 (1 failed, 1 not run)" in shown
    assert "Failed: mean / tuned · vectors.txt" in shown
    assert "NaN or infinity" in shown
    assert missing([broken, *sound], folder) == {broken.digest}  # it is tried again


def test_a_run_that_cannot_start_or_be_measured_leaves_the_others_alone(
    small, finished, monkeypatch
):
    start_table, evaluate = starts.start_table, TableEvaluator.evaluate
    (spec,) = small.specs(regime="random", seed=1)
    (group,) = make_plan([spec], small.folder / "nowhere").groups
    unlucky = init(group, RunResult(spec)).start.table

    def without_memory(regime, *arguments, **options):
        if regime.start is starts.REGIMES["permuted"].start:
            raise MemoryError("no room")
        return start_table(regime, *arguments, **options)

    def with_nan(evaluator, context):
        if context.table and np.array_equal(context.table.start.table, unlucky):
            raise InputError("the table holds NaN")
        return evaluate(evaluator, context)

    monkeypatch.setattr(starts, "start_table", without_memory)
    monkeypatch.setattr(TableEvaluator, "evaluate", with_nan)
    folder = small.folder / "fragile"
    rows = run(small.specs(regime=["permuted", "random", "tuned"], seed=1), results=folder)
    assert in_any_order(rows) == in_any_order(of_regime(finished.rows, "tuned", [1]))
    errors = sorted(each["error"] for each in records.read_runs(folder).values() if each["error"])
    assert errors == ["InputError: the table holds NaN", "MemoryError: no room"]


def test_a_group_that_breaks_is_recorded_for_each_of_its_runs_and_the_next_one_is_trained(
    small, finished, monkeypatch
):
    from embexp.runner import loop

    train = loop.train

    def without_memory(training, *rest):
        if training.group.static.encoder == "lstm":
            raise RuntimeError("out of memory")
        return train(training, *rest)

    monkeypatch.setattr(loop, "train", without_memory)
    folder = small.folder / "broken-group"
    rows = run(small.specs(encoder=["lstm", "mean"], regime="random"), results=folder)
    assert in_any_order(rows) == in_any_order(of_regime(finished.rows, "random"))
    errors = [each["error"] for each in records.read_runs(folder).values()]
    assert errors.count("RuntimeError: out of memory") == 2


class Killed(BaseException):
    """Stands for SIGKILL where the process must live on."""


def half_written(monkeypatch, turn: int) -> None:
    """Writes half of what is to be appended, to the byte, at some turn, and dies."""
    from embexp.records import writing

    append, writes = writing.append_lines, itertools.count()

    def half(path, lines):
        lines = list(lines)
        if next(writes) == turn:
            text = "".join(line + "\n" for line in lines).encode()
            with path.open("ab") as file:
                file.write(text[: len(text) // 2])
            raise Killed
        append(path, lines)

    monkeypatch.setattr(writing, "append_lines", half)


def test_a_sweep_cut_off_at_any_write_ends_with_the_same_rows_and_repeats_nothing(
    small, finished, in_fours, monkeypatch
):
    folder, local, trained = small.folder / "cut", EXECUTORS["local"], []

    def noting(groups, *arguments):
        there = records.read_runs(folder) if folder.is_dir() else {}
        for group in groups:
            assert not [spec for spec in group.specs if spec.digest in there]
        for group, results in local(groups, *arguments):
            trained.append(len(group.specs))
            yield group, results

    def torn(file, *_, **__):
        file.write(b"\x93NUMPY")
        raise Killed

    monkeypatch.setitem(EXECUTORS, "local", noting)
    for turn in (0, 1, 5, 12):  # rows, a run's line, and some later ones of the same sweep
        with monkeypatch.context() as patched:
            half_written(patched, turn)
            with pytest.raises(Killed):
                run(small.specs(), results=folder)
    with monkeypatch.context() as patched:
        patched.setattr(np, "save", torn)
        with pytest.raises(Killed):
            run(small.specs(), results=folder)
    assert in_any_order(run(small.specs(), results=folder)) == in_any_order(finished.rows)
    ended = Counter(line["digest"] for line in whole_lines(folder / "runs.jsonl"))
    assert max(ended.values()) == 1
    for path in (finished.folder / "logits").iterdir():
        assert path.read_bytes() == (folder / "logits" / path.name).read_bytes()
    trained.clear()
    run(small.specs(), results=folder)
    assert not trained


SCRIPT = """
    import json, os, signal, sys
    from embexp import run
    from embexp.records import writing
    from embexp.runner import loop, plan
    from embexp.spec import Spec

    folder, moment, given = sys.argv[1:]
    specs = [Spec(**each) for each in json.loads(given)]
    plan.LARGEST = 4
    append, steps = writing.append_lines, []

    def die(*_):
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

    def on_step(group, step):
        steps.append(step)
        if moment == f"step {len(steps)}":
            die()

    writing.append_lines = half
    if moment == "test":
        loop.evaluate_selected = die
    run(specs, results=folder, on_step=on_step)
"""


def started(folder: Path, specs, moment: str) -> int:
    """The exit code of a process that runs the specs and kills itself at some moment."""
    given = json.dumps([spec.model_dump(mode="json") for spec in specs])
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(folder), moment, given]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, timeout=250)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


MOMENTS = (
    *("step 1", "step 4", "test", "rows.jsonl"),
    *("after rows.jsonl", "runs.jsonl", "after runs.jsonl", "step 12"),
)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "moments", [("after runs.jsonl",), pytest.param(MOMENTS, marks=pytest.mark.long)], ids=len
)
def test_a_sweep_killed_again_and_again_ends_with_the_rows_of_one_that_never_was(
    small, finished, moments, tmp_path
):
    folder, specs, ended = tmp_path, small.specs(), 0
    for moment in moments:
        assert started(folder, specs, moment) == -signal.SIGKILL
        runs = records.read_runs(folder)
        assert len(runs) >= ended
        ended = len(runs)
    assert 0 < ended < len(specs)
    assert started(folder, specs, "never") == 0
    assert in_any_order(records.read_rows(folder)) == in_any_order(finished.rows)
    lines = Counter(line["digest"] for line in whole_lines(folder / "runs.jsonl"))
    assert lines == {spec.digest: 1 for spec in specs}


def test_after_a_kill_between_rows_and_line_only_the_rows_of_the_new_attempt_count(
    small, finished, monkeypatch
):
    folder = small.folder / "between"
    (spec,) = small.specs(regime="tuned", seed=0)
    with monkeypatch.context() as patched:
        half_written(patched, turn=1)
        with pytest.raises(Killed):
            run(spec, results=folder)
    left = {row["run"] for row in whole_lines(folder / "rows.jsonl")}
    assert len(left) == 1
    assert records.read_rows(folder) == []
    assert records.damage(folder) == 1  # half of the run's line
    rows = run(spec, results=folder)
    assert {row["run"] for row in rows}.isdisjoint(left)
    assert numbers(rows) == numbers(of_regime(finished.rows, "tuned", [0]))
    assert len(whole_lines(folder / "rows.jsonl")) == 2 * len(rows)


def test_a_changed_digit_makes_a_run_unfinished_and_the_next_run_gives_the_same_numbers(
    small, finished, capsys
):
    folder = small.folder / "damaged"
    shutil.copytree(finished.folder, folder)
    path, (spec,) = folder / "rows.jsonl", small.specs(regime="frozen", seed=1)
    lines = path.read_text().splitlines()
    at = next(
        number
        for number, line in enumerate(lines)
        if spec.digest in line and '"measure":"accuracy"' in line and '"split":"test"' in line
    )
    value = str(json.loads(lines[at])["value"])
    changed = value[:-1] + str((int(value[-1]) + 1) % 10)
    lines[at] = lines[at].replace(f'"value":{value}', f'"value":{changed}')
    path.write_text("\n".join(lines) + "\n")
    assert records.read_runs(folder).keys() == {
        each.digest for each in small.specs() if each != spec
    }
    assert missing(small.specs(), folder) == {spec.digest}
    assert call("table", str(folder), "--format", "md") == 0
    assert "1 damaged line was ignored" in capsys.readouterr().out
    rows = run(small.specs(), results=folder)
    assert in_any_order(rows) == in_any_order(finished.rows)
    assert records.damage(folder) == 1  # the damaged attempt stays in the file


def test_logits_that_were_changed_or_lost_make_a_run_unfinished(small, finished):
    folder = small.folder / "other-logits"
    shutil.copytree(finished.folder, folder)
    first, second, *_ = small.specs()
    path = folder / "logits" / f"{first.digest}.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    (folder / "logits" / f"{second.digest}.npy").unlink()
    assert missing(small.specs(), folder) == {first.digest, second.digest}


def test_changed_data_is_refused_before_anything_is_trained(small, finished, tmp_path, untrained):
    folder, corpus, vectors = tmp_path / "results", tmp_path / "corpus", tmp_path / "vectors.txt"
    shutil.copytree(small.folder / "corpus", corpus)
    shutil.copy(small.folder / "vectors.txt", vectors)
    (spec,) = small.specs(regime="random", seed=0)
    spec = spec.model_copy(update={"corpus": str(corpus), "vectors": str(vectors)})
    (group,) = make_plan([spec], folder).groups
    line = records.Run(
        digest=spec.digest,
        run="0",
        spec=spec.model_dump(mode="json"),
        hashed=sorted(spec.hashed),
        arm=spec.arm,
        control=False,
        data=group.task.checksums,
        code={},
        versions={},
        device="",
        seconds=1.0,
        time="",
    )
    records.append(folder, [], line)
    assert missing([spec], folder) == set()
    for path, name in ((corpus / "test.csv", "corpus"), (vectors, "vectors")):
        was = path.read_bytes()
        path.write_bytes(was.replace(b"film", b"folm"))
        sentence = f"{name} .* has changed since runs in .* were made from it; give another folder"
        for specs in ([spec, *small.specs(seed=5)], spec.model_copy(update={"seed": 7}), spec):
            with pytest.raises(InputError, match=sentence):
                run(specs, results=folder)
        path.write_bytes(was)
    assert missing([spec], folder) == set()
