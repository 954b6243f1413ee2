"""`embexp verify`: runs made again beside their rows, tables beside theirs, and what is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import call
from test_cli import refused

from embexp import Spec, grid, records, run
from embexp.cli.sweeps import show
from embexp.cli.verify import made_again
from embexp.records import Row, Run
from embexp.records.writing import sealed
from embexp.regimes import REGIMES
from embexp.runner.baselines import baselines_of, run_baselines
from embexp.runner.verification import drawn, sample

RESULTS = Path(__file__).parents[1] / "results"
PUBLISHED = sorted(path.parent.name for path in RESULTS.glob(f"*/{records.RUNS}"))


def specs() -> list[Spec]:
    """An arm of a small world by three seeds, and a control that takes its steps."""
    same = {"corpus": "world:words=200,texts=300", "vectors": None, "dim": 4, "encoder": "mean"}
    same |= {"similarity": [()], "lexicon": None, "epochs": 1, "seed": range(3)}
    control = grid(**same, regime="random-labels", selection="paired")
    return [*grid(**same, regime="random"), *control]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a small world, with a baseline and a table."""
    folder, tasks = tmp_path_factory.mktemp("made") / "runs" / "world", {}
    run(specs(), results=folder, tasks=tasks)
    (majority,) = (each for each in baselines_of(specs()) if each.name == "majority")
    run_baselines(specs(), results=folder, tasks=tasks, only={majority.digest})
    show(specs(), folder, "json")
    return folder


@pytest.fixture
def copy(world: Path, tmp_path: Path) -> Path:
    """A copy of these results, to be changed."""
    return Path(shutil.copytree(world, tmp_path / "copy"))


@pytest.fixture
def at_once(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are made again at once: as they were made the first time."""

    def sweep(specs: list[Spec], folder: Path, **_: Any) -> None:
        shutil.copytree(world, folder, dirs_exist_ok=True)

    monkeypatch.setattr("embexp.comparing.sweeps.sweep", sweep)


def forge(
    folder: Path,
    row: Callable[[dict], dict] = lambda row: row,
    line: Callable[[dict], dict] = lambda line: line,
) -> None:
    """Changes rows and lines, and seals them as if they had been written so."""
    every = [json.loads(each) for each in (folder / records.ROWS).read_text().splitlines()]
    lines = [json.loads(each) for each in (folder / records.RUNS).read_text().splitlines()]
    made = [row(each) for each in every]
    runs = []
    for each in map(line, lines):
        own = [one for one in made if one["run"] == each["run"]]
        fields = {name: each[name] for name in Run._fields}
        runs.append(sealed(Run(**fields), own, each["files"]) + "\n")
    (folder / records.ROWS).write_text("".join(json.dumps(each) + "\n" for each in made))
    (folder / records.RUNS).write_text("".join(runs))
    assert records.damage(folder) == 0


def digest_of(folder: Path, **fields: Any) -> str:
    (found,) = (
        digest
        for digest, line in records.read_runs(folder).items()
        if all(line["spec"].get(name) == value for name, value in fields.items())
    )
    return found


def verified(capsys, folder: Path, *words: str) -> tuple[int, list[dict]]:
    """The exit code, and what is printed as JSON."""
    code = call("verify", str(folder), "--format", "json", *words)
    out, err = capsys.readouterr()
    assert err == ""
    return code, json.loads(out)


def test_runs_are_made_again_bit_for_bit(world, capsys):
    before = sorted(world.rglob("*"))
    code, made = verified(capsys, world, "--sample", "99")
    assert code == 0
    arms = ("mean / random", "mean / random-labels")
    trained = {(arm, seed) for arm in arms for seed in range(3)}
    assert {(each["arm"], each["seed"]) for each in made if each["exact"]} == trained
    assert [each["arm"] for each in made if not each["exact"]] == ["linear / baseline: majority"]
    for each in made:
        assert each["rows"] == each["equal"] > 0
        assert each["within"] == each["beyond"] == each["missing"] == 0
        assert each["mismatches"] == []
    assert sorted(world.rglob("*")) == before


def test_one_line_says_that_all_agrees(world, at_once, capsys, monkeypatch):
    monkeypatch.chdir(world.parents[1])
    assert call("verify", "world", "--sample", "99") == 0  # by its name in runs/
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("runs/world: 7 runs made again, 6 of them in the environment that made")
    assert line.endswith("0 near enough, 0 not")


def test_a_sample_is_drawn_alike_everywhere_and_a_control_brings_the_run_whose_step_it_takes(
    world, copy
):
    found = records.read(world)
    lines = (copy / records.RUNS).read_text().splitlines()
    (copy / records.RUNS).write_text("".join(f"{line}\n" for line in lines[::-1]))
    draws = [drawn(found, 3, seed, world) for seed in range(9)]
    assert [drawn(records.read(copy), 3, seed, copy) for seed in range(9)] == draws
    assert len({*map(tuple, draws)}) > 3
    assert all(len({*each}) == 3 for each in draws)
    control = digest_of(world, regime="random-labels", seed=0)
    both = sample([control], found.runs)
    assert [spec.digest for spec in both.specs] == [
        control,
        digest_of(world, regime="random", seed=0),
    ]
    assert both.baselines == {}
    baseline = digest_of(world, regime="baseline: majority")
    assert {*sample([baseline], found.runs).baselines} == {baseline}


def test_a_changed_digit_is_named_with_both_values(copy, at_once, capsys):
    digest = digest_of(copy, regime="random", seed=1)

    def change(row: dict) -> dict:
        one = row["digest"] == digest and (row["split"], row["measure"]) == ("test", "accuracy")
        return row | {"value": round(row["value"] + 1e-9, 12)} if one else row

    forge(copy, change)
    code, made = verified(capsys, copy, "--sample", "99")
    assert code == 1
    (one,) = (each for each in made if each["mismatches"])
    assert (one["digest"], one["arm"], one["seed"]) == (digest, "mean / random", 1)
    ((mismatch,), rows) = one["mismatches"], one["rows"]
    assert (one["equal"], one["beyond"]) == (rows - 1, 1)
    assert mismatch["recorded"] == pytest.approx(mismatch["now"] + 1e-9, abs=1e-12)
    assert mismatch["recorded"] != mismatch["now"]
    assert call("verify", str(copy), "--sample", "99") == 1
    named, summary = capsys.readouterr().out.splitlines()
    assert named.startswith("mean / random, seed 1: accuracy (test, all) at step ")
    assert named.endswith(f" is {mismatch['recorded']}, and {mismatch['now']} now")
    assert summary.endswith("0 near enough, 1 not")


@pytest.mark.parametrize(("change", "code"), [(1e-9, 0), (3.0, 1)])
def test_in_another_environment_three_standard_deviations_are_allowed(
    copy, at_once, capsys, change, code
):
    digest = digest_of(copy, regime="random", seed=1)

    def changed(row: dict) -> dict:
        one = row["digest"] == digest and (row["split"], row["measure"]) == ("test", "nll")
        return row | {"value": row["value"] + change} if one else row

    forge(copy, changed, lambda line: line | {"device": "1 × NVIDIA H100"})
    ended, made = verified(capsys, copy, "--sample", "99")
    assert ended == code
    assert not any(each["exact"] for each in made)
    total = {name: sum(each[name] for each in made) for name in ("within", "beyond")}
    assert total == {"within": 1 - code, "beyond": code}
    if code:
        assert call("verify", str(copy), "--sample", "99") == 1
        assert ", outside [" in capsys.readouterr().out


def test_published_rows_are_compared_after_their_rounding(world, at_once, tmp_path, capsys):
    found = records.read(world)
    runs = [
        (
            Run(**{name: line[name] for name in Run._fields}),
            [
                Row(**{name: records.rounded(row[name]) for name in Row._fields})
                for row in found.rows
                if row["digest"] == digest
            ],
        )
        for digest, line in found.runs.items()
    ]
    scores = {digest: each.path for digest, each in records.read_scores(world).items()}
    records.publish(tmp_path / "published", runs, scores)
    code, made = verified(capsys, tmp_path / "published", "--sample", "99")
    assert code == 0
    assert all(each["rows"] == each["equal"] for each in made)
    assert sum(each["exact"] for each in made) == 6


def test_what_does_not_match_its_checksum_fails(copy, at_once, capsys):
    text = (copy / records.ROWS).read_text()
    (copy / records.ROWS).write_text(text.replace('"measure":"nll"', '"measure":"nil"', 1))
    assert call("verify", str(copy), "--sample", "99") == 1
    assert "1 lines or runs do not match their checksums" in capsys.readouterr().out


def test_a_run_that_fails_now_is_named(copy, capsys, monkeypatch):
    def fail(self, *_: Any) -> None:
        raise ZeroDivisionError(self.spec.seed)

    monkeypatch.setattr("embexp.runner.result.RunResult.check_finite", fail)
    assert call("verify", str(copy), "--sample", "99") == 1
    assert "the run fails now: ZeroDivisionError" in capsys.readouterr().out


def test_a_note_says_what_was_verified_and_where(world, at_once, tmp_path, capsys):
    note = tmp_path / "new" / "verified.jsonl"
    for _ in range(2):
        assert call("verify", str(world), "--sample", "99", "--note", str(note)) == 0
    first, second = map(json.loads, note.read_text().splitlines())
    assert first.keys() == second.keys()
    assert (first["results"], first["seed"], first["exact"]) == ("world", 0, 6)
    assert first["rows"] == first["equal"] > 0
    assert first["beyond"] == 0
    assert {"device", "python", "versions", "code", "time"} <= first.keys()


def test_tables_are_what_the_rows_give(copy, capsys):
    assert call("verify", str(copy), "--rows") == 0
    assert capsys.readouterr().out == f"{copy}: 1 of 1 tables are what the rows give\n"
    text = (copy / "table.md").read_text()
    (copy / "table.md").write_text(text.replace(".", ",", 1))
    assert call("verify", str(copy), "--rows") == 1
    out = capsys.readouterr().out
    assert out.startswith(f"{copy / 'table.md'} is not what the rows of {copy} give\n")
    assert verified(capsys, copy, "--rows") == (1, [{"table": "table.md", "equal": False}])
    (copy / "table.md").unlink()
    assert "holds no table to verify" in refused(capsys, "verify", str(copy), "--rows")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere",), "unknown results 'nowhere'; known: world"),
        (("world", "--sample", "0"), "--sample 0 makes no run again; give 1 or more"),
        (("world", "--sample", "-1"), "--sample -1 makes no run again"),
        (("world", "--sample", "1.5"), "a whole number is needed, not '1.5'"),
        (("world", "--seed", "-1"), "--seed -1 draws no runs; give 0 or more"),
        (("world", "--rows", "--sample", "1"), "--rows makes no runs; leave --sample and --note"),
        (("world", "--rows", "--note", "x"), "--rows makes no runs; leave --sample and --note"),
        (("world", "--format", "md"), 'Invalid value "md" for --format'),
        ((), "requires an argument"),
    ],
)
def test_a_mistake_is_refused_in_one_sentence(world, capsys, monkeypatch, words, sentence):
    monkeypatch.chdir(world.parents[1])
    assert sentence in refused(capsys, "verify", *words)


def test_other_data_and_data_that_are_not_at_hand_are_refused(copy, capsys, monkeypatch):
    forge(copy, line=lambda line: line | {"data": line["data"] | {"corpus": "0" * 64}})
    said = refused(capsys, "verify", str(copy))
    changed = f"corpus 'world:words=200,texts=300' has changed since {copy} was made from it"
    assert said.startswith(changed)
    monkeypatch.delenv("EMBEXP_DATA", raising=False)
    assert "EMBEXP_DATA" in refused(capsys, "verify", str(RESULTS / "tagging_ud"))


def test_without_a_run_that_succeeded_there_is_nothing_to_verify(copy, capsys):
    forge(copy, line=lambda line: line | {"error": "ValueError: no"})
    assert "holds no run to verify; run the experiment" in refused(capsys, "verify", str(copy))
    lines = (copy / records.RUNS).read_text().replace('"seconds"', '"sekonds"')
    (copy / records.RUNS).write_text(lines)
    assert " lines or runs of it are damaged" in refused(capsys, "verify", str(copy))


def test_a_line_whose_spec_is_hashed_otherwise_is_refused(copy, capsys):
    def other(line: dict) -> dict:
        hashed = [name for name in line["hashed"] if name != "epochs"]
        digest = records.digest({name: line["spec"][name] for name in hashed})
        digests[line["digest"]] = digest
        return line | {"hashed": hashed, "digest": digest, "files": {}}

    digests: dict[str, str] = {}
    for line in (copy / records.RUNS).read_text().splitlines():
        other(json.loads(line))
    forge(copy, lambda row: row | {"digest": digests[row["digest"]]}, other)
    assert "verify it with the version of embexp" in refused(capsys, "verify", str(copy))


def cheapest(found: records.Results) -> str:
    """The trained run that took the least time and needs no other."""
    alone = (
        (line["seconds"], digest)
        for digest, line in found.runs.items()
        if line["spec"]["regime"] in REGIMES and line["spec"].get("selection") != "paired"
    )
    return min(alone)[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "quickstart",  # whose data are in packages
        *(
            pytest.param(
                name, marks=[pytest.mark.long, pytest.mark.timeout(1500), pytest.mark.data]
            )
            for name in PUBLISHED
            if name != "quickstart"
        ),
    ],
)
def test_a_published_run_is_found_again(name, request):
    """The cheapest of each experiment; XLA's flags here make it another environment."""
    if name != "quickstart":
        request.getfixturevalue("data_dir")
    if name == "segmentation":
        pytest.importorskip("lindera")
    folder = RESULTS / name
    found = records.read(folder).with_trials(())
    (made,) = made_again(folder, found, [cheapest(found)])
    assert made.mismatches == []
    assert made.equal + made.within > 20
