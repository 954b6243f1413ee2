"""The command line from outside: what it prints, what it refuses, and with which exit code."""

import contextlib
import io
import json
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from embexp import cli, sweep

GOOD, BAD = ["good", "great", "fine"], ["bad", "awful", "dull"]
REST = ["the", "a", "film", "plot", "actor", "scene", "was", "with", "story"]


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> SimpleNamespace:
    """A file of sentences and one of vectors, and an experiment over both that takes a second."""
    folder = tmp_path_factory.mktemp("cli")
    rng = random.Random(0)
    lines = ["review,stars"]
    for number in range(120):
        words = [*rng.choices(REST, k=rng.randint(1, 6)), rng.choice(GOOD if number % 2 else BAD)]
        lines.append(f"{' '.join(words)} {number},{number % 2}")
    (folder / "mine.csv").write_text("\n".join(lines) + "\n")
    vectors = "".join(
        f"{word} {' '.join(f'{rng.gauss(0, 0.5):.3f}' for _ in range(4))}\n"
        for word in GOOD + BAD + REST
    )
    (folder / "vectors.txt").write_text(vectors)
    (folder / "experiments").mkdir()
    (folder / "experiments" / "tiny.py").write_text(f'''"""Does it run?"""
from embexp import grid


def specs(seeds=2):
    return grid(
        corpus={str(folder / "mine.csv")!r}, text="review", label="stars", vectors={str(folder / "vectors.txt")!r}, lexicon=None,
        regime=["random", "glove-frozen"], encoder="mean", seed=range(seeds), epochs=1, batch=16, buckets=2, min_count=1,
    )
''')
    return SimpleNamespace(folder=folder)


@pytest.fixture
def here(world, monkeypatch) -> Path:
    """The process stands in the folder of `world`."""
    monkeypatch.chdir(world.folder)
    return world.folder


@pytest.fixture
def untrained(monkeypatch) -> None:
    """Training is a failure."""
    monkeypatch.setattr(sweep, "run_group", lambda *_, **__: pytest.fail("trained"))


def call(*words: str) -> int:
    """The exit code of a command."""
    try:
        cli.main(words)
    except SystemExit as done:
        return int(done.code or 0)
    return 0


def refused(capsys, *words: str) -> str:
    """The one sentence with which a command is refused as its user's mistake."""
    assert call(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("embexp: ")
    assert "Traceback" not in err
    return err.removeprefix("embexp: ").strip()


@pytest.fixture(scope="module")
def ran(world) -> Path:
    """The folder of the experiment's results, run from the command line."""
    printed = io.StringIO()
    with contextlib.chdir(world.folder), contextlib.redirect_stdout(printed):
        assert call("run", "tiny", "--format", "json") == 0
    assert isinstance(json.loads(printed.getvalue()), list)
    return world.folder / "runs" / "tiny"


def embexp(folder: Path, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from embexp.cli import main; main()", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200)


def test_a_run_prints_its_table_as_a_list_of_json_objects_and_nothing_else(
    ran, here, capsys, untrained
):
    assert call("run", "tiny", "--format", "json") == 0  # all is finished: only the table
    out, _ = capsys.readouterr()
    shown = json.loads(out)
    assert {(each["regime"], each["seeds"]) for each in shown if each["measure"] == "accuracy"} == {
        ("random", 2),
        ("glove-frozen", 2),
    }
    assert "glove-frozen" in (ran / "table.md").read_text()


@pytest.mark.parametrize("format", ["md", "latex", "csv", "html", "json", None])
def test_a_table_is_drawn_from_the_rows_in_every_format(ran, here, capsys, format):
    assert call("table", "tiny", *(["--format", format] if format else [])) == 0
    out, err = capsys.readouterr()
    assert "glove-frozen" in out
    assert err == ""
    assert (
        out
        == (
            call("table", str(ran), *(["--format", format] if format else [])),
            capsys.readouterr().out,
        )[1]
    )


def test_emergence_is_shown_from_the_rows(ran, here, capsys):
    assert (
        call("table", "tiny", "--emergence", "--measure", "nll", "accuracy", "--format", "json")
        == 0
    )
    found = {
        (each["regime"], each["measure"]): each for each in json.loads(capsys.readouterr().out)
    }
    assert set(found) == {
        (regime, measure)
        for regime in ("random", "glove-frozen")
        for measure in ("nll", "accuracy")
    }
    assert found["random", "nll"]["start"] == pytest.approx(0.69, abs=0.02)
    assert found["random", "nll"]["seeds"] == 2


def test_figures_are_those_that_the_rows_are_enough_for(ran, here, capsys, tmp_path):
    pytest.importorskip("matplotlib")
    assert call("figure", "tiny", "--out", str(tmp_path), "--measure", "nll") == 0
    assert capsys.readouterr().out.split() == [
        str(tmp_path / name) for name in ("plane.png", "emergence.png")
    ]
    assert {path.name for path in tmp_path.iterdir()} == {"plane.png", "emergence.png"}, (
        "no measure of sentiment is there by stratum"
    )


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(ran, here, capsys, untrained):
    assert call("run", "tiny", "--seeds", "3", "--results", "elsewhere", "--dry-run") == 0
    out, _ = capsys.readouterr()
    assert out.startswith("6 cells, 0 of them finished in elsewhere")
    assert out.count("mean · random · seed") == 3
    assert "6 cells to run in 1 programs" in out
    assert not (here / "elsewhere").exists()
    assert call("run", "tiny", "--seeds", "3", "--dry-run") == 0
    out, _ = capsys.readouterr()
    assert out.startswith("6 cells, 4 of them finished")
    assert "2 cells to run" in out
    assert [line.split()[-1] for line in out.splitlines() if " · " in line] == ["2", "2"]


def test_compare_runs_a_user_s_own_file(world, here, capsys):
    words = [
        "compare",
        "mine.csv",
        "--text",
        "review",
        "--label",
        "stars",
        "--vectors",
        "vectors.txt",
        "--regimes",
        "random",
        "glove-tuned",
    ]
    settings = [
        "--seeds",
        "2",
        "--set",
        "epochs=1",
        "min_count=1",
        "lexicon=null",
        "batch=16",
        "buckets=2",
    ]
    assert call(*words, *settings, "--format", "json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert {each["regime"] for each in shown} == {"random", "glove-tuned"}
    assert (here / "runs" / "mine" / "rows.jsonl").is_file()


def test_a_list_is_one_value_of_windows_and_several_cells_of_anything_else(
    world, here, capsys, untrained
):
    settings = [
        "--set",
        "windows=[2, 3]",
        'cosines=["good:bad", "film:plot"]',
        "epochs=[1, 2]",
        "min_count=1",
        "lexicon=null",
    ]
    assert (
        call(
            *MINE,
            "--regimes",
            "random",
            "--seeds",
            "1",
            *settings,
            "--results",
            "elsewhere",
            "--dry-run",
        )
        == 0
    )
    assert capsys.readouterr().out.startswith("2 cells, 0 of them finished")


def test_data_sets_are_listed_and_described(here, capsys):
    assert call("data", "list", "--format", "json") == 0
    names = {each["name"] for each in json.loads(capsys.readouterr().out)}
    assert {"imdb", "movie-reviews-rt", "glove-6b-50d"} <= names
    assert (
        call("data", "info", "mine.csv", "--text", "review", "--label", "stars", "--format", "json")
        == 0
    )
    (facts,) = json.loads(capsys.readouterr().out)
    assert facts["rows"] == {"train": 96, "validation": 12, "test": 12}
    assert call("data", "info", "mine.csv", "--text", "review", "--label", "stars") == 0
    assert call("data", "fetch", "world:words=600") == 0
    assert "classes     0, 1" in capsys.readouterr().out


ANY = ("run", "tiny")
MINE = ("compare", "mine.csv", "--text", "review", "--label", "stars", "--vectors", "vectors.txt")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run", "tinny"), "unknown experiment 'tinny'; did you mean 'tiny'?"),
        (
            (*ANY, "--set", "regime=glove-tunned"),
            "unknown regime 'glove-tunned'; did you mean 'glove-tuned'",
        ),
        ((*ANY, "--set", "encoder=lsmt"), "unknown encoder 'lsmt'; did you mean 'lstm'"),
        ((*ANY, "--set", "corpus=imbd"), "unknown data set 'imbd'; did you mean 'imdb'"),
        (
            (*ANY, "--set", "vectors=glove-6b-55d"),
            "unknown vectors 'glove-6b-55d'; did you mean 'glove-6b-50d'",
        ),
        (
            (*ANY, "--set", "lexicon=vadar"),
            "unknown lexicon (nor is there a file of that name) 'vadar'; did you mean 'vader'",
        ),
        ((*ANY, "--set", "polarity=imbd"), "unknown data set 'imbd'"),
        (
            (*ANY, "--set", "text=reviews"),
            "mine.csv has no column 'reviews', but 'review', 'stars'; did you mean 'review'?",
        ),
        ((*ANY, "--set", "vectors=nowhere/v.txt"), "there is no file 'nowhere/v.txt'"),
        ((*ANY, "--set", "dim=50"), "dim=50 is given, but the table is as wide as the vectors"),
        ((*ANY, "--set", "train_texts=1000"), "train_texts=1000, but "),
        (
            (*ANY, "--set", "train_texts=9", "--set", "holdout=none"),
            "train_texts=9 leaves out training texts, and holdout='none' leaves out none",
        ),
        ((*ANY, "--set", "min_count=1000"), "no word stands 1000 times in the training texts of "),
        ((*ANY, "--set", "epochs"), "--set 'epochs' is not of the form key=value"),
        ((*ANY, "--set", "epochs=-1"), "epochs = -1 is refused"),
        (
            (*ANY, "--only", "regime=permuted"),
            "unknown regime in this experiment 'permuted'; known: glove-frozen, random",
        ),
        ((*ANY, "--only", "seed=9"), "unknown seed in this experiment '9'"),
        ((*ANY, "--seeds", "0"), "--seeds 0 makes no cells; give 1 or more"),
        ((*ANY, "--seeds", "-1"), "--seeds -1 makes no cells; give 1 or more"),
        ((*ANY, "--seeds", "1.5"), "a whole number is needed, not '1.5'"),
        ((*MINE, "--seeds", "2.0"), "a whole number is needed, not '2.0'"),
        (
            (*ANY, "--seeds", "many"),
            "Invalid value for --seeds: a whole number is needed, not 'many'",
        ),
        ((*ANY, "--format", "xml"), 'Invalid value "xml" for --format'),
        (
            (*ANY, "--results", "mine.csv"),
            "results cannot be written to mine.csv/tiny (Not a directory); give another folder",
        ),
        ((*ANY, "--result", "x"), "--result"),
        ((*ANY, "more"), "more"),
        (("run",), "requires an argument"),
        (("rum", "tiny"), 'Unknown command "rum"'),
        ((*MINE, "--seeds", "0"), "--seeds 0 makes no cells"),
        ((*MINE, "--regimes", "radnom"), "unknown regime 'radnom'; did you mean 'random'"),
        ((*MINE, "--encoder", "mean", "lsmt"), "unknown encoder 'lsmt'; did you mean 'lstm'"),
        ((*MINE[:-1], "truncated.txt"), "truncated.txt"),
        ((*MINE[:-1], "widths.txt"), "widths.txt"),
        ((*MINE[:-1], "foreign.txt"), "foreign.txt holds none of the 15 words"),
        ((*MINE[:-1], "unknown.txt"), "unknown.txt holds none of the 15 words"),
        ((*MINE[:-1], "truncated.bin"), "truncated.bin"),
        ((*MINE[:-1], "nan.txt"), "nan.txt"),
        (("compare", "nowhere.csv"), "there is no file nowhere.csv"),
        (("compare", "mine.csv"), "mine.csv: which column holds the labels?"),
        (
            ("compare", "mine.csv", "--text", "review", "--label", "star"),
            "mine.csv has no column 'star'",
        ),
        (
            ("compare", "mine.csv", "--text", "one", "--no-header"),
            "with --no-header columns are numbers counted from 0, not 'one'",
        ),
        (
            ("compare", "mine.csv", "--text", "7", "--label", "1", "--no-header"),
            "mine.csv has no column '7'",
        ),
        (("compare", "one-class.csv"), "two classes are needed, but its labels are ['1']"),
        (("compare", "empty-texts.csv"), "every text in column 'text' is empty"),
        (
            ("compare", "marks.csv", "--vectors", "vectors.txt"),
            "no word stands 2 times in the training texts",
        ),
        (("compare", "unlabelled.csv"), "unlabelled.csv, line 3 has no label"),
        (("compare", "nothing.csv"), "nothing.csv is empty"),
        (("compare", "imbd"), "unknown data set 'imbd'; did you mean 'imdb'"),
        (("compare", "experiments"), "experiments holds no file named train"),
        (
            ("compare", "mine.csv", "--text", "review", "--label", "review"),
            "was named for both texts and labels",
        ),
        (("table", "nothing-here"), "unknown results 'nothing-here'"),
        (
            ("table", "tiny", "--measure", "acuracy"),
            "unknown measure 'acuracy'; did you mean 'accuracy'",
        ),
        (("table", "tiny", "--baseline", "glove"), "unknown regime 'glove'"),
        ((*ANY, "--dry-run", "--format", "csv"), "--dry-run has no table to be printed as csv"),
        ((*MINE, "--set", "corpus=x"), "--set corpus=… is given twice over"),
        (("table", "tiny", "--stratum", "1-5"), "unknown stratum '1-5'; did you mean '1-4'"),
        (("table", "tiny", "--emergence", "--stratum", "nosuch"), "unknown stratum 'nosuch'"),
        (("figure", "tiny", "--out", "mine.csv"), "cannot be written"),
        (("vectors", "train", "mine.csv", "--dim", "1.5"), "a whole number is needed, not '1.5'"),
        (
            ("vectors", "neighbors", "vectors.txt", "good", "-k", "2.5"),
            "a whole number is needed, not '2.5'",
        ),
        (
            ("vectors", "neighbors", "vectors.txt", "+good", "-good"),
            "good give a vector of length zero",
        ),
        (("data", "info", "hub:"), "'hub:' names no data set of the hub"),
        (("table", "tiny", "--by", "rate"), "unknown field in which these cells differ 'rate'"),
        (("table", "tiny", "--at", "end"), "--at"),
        (("table", "tiny", "--emergence", "--at", "last"), "leave --at, --by and --baseline out"),
        (("table", "tiny", "--emergence", "--measure", "polarty"), "unknown measure 'polarty'"),
        (("figure", "nothing-here"), "unknown results 'nothing-here'"),
        (("data", "info", "imbd"), "unknown data set 'imbd'"),
        (("data", "fetch", "imbd"), "unknown data set 'imbd'"),
        (("data", "inform"), 'Unknown command "inform"'),
    ],
)
def test_a_user_s_mistake_is_refused_in_one_sentence_before_any_training(
    ran, here, capsys, untrained, words, sentence
):
    write_broken(here)
    before = sorted(here.rglob("*"))
    assert sentence in refused(capsys, *words)
    assert sorted(here.rglob("*")) == before  # nothing is left behind either


def write_broken(folder: Path) -> None:
    """Files with one fault each."""
    texts = {
        "one-class.csv": "text,label\n" + "a film,1\n" * 9,
        "empty-texts.csv": "text,label\n" + " ,1\n,0\n" * 9,
        "marks.csv": "text,label\n" + "".join(f"{'!' * n},1\n{'?' * n},0\n" for n in range(1, 20)),
        "unlabelled.csv": "text,label\na film,1\na plot,\n",
        "nothing.csv": "",
        "truncated.txt": "the 1 2 3 4\nfilm 1 2 3 4\nplot 1 2",
        "widths.txt": "the 1 2 3 4\nfilm 1 2 3 4 5\nplot 1 2 3 4\n",
        "foreign.txt": "le 1 2 3 4\nla 1 2 3 4\n",
        "unknown.txt": "<unk> 1 2 3 4\n<pad> 1 2 3 4\n",
        "nan.txt": "the 1 2 3 4\nfilm nan 2 3 4\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    (folder / "truncated.bin").write_bytes(b"3 4\nthe " + bytes(16) + b"film " + bytes(7))


def test_a_results_folder_with_a_file_in_the_way_is_refused_before_training(
    ran, here, capsys, untrained
):
    (here / "runs-2" / "tiny" / "rows.jsonl").mkdir(parents=True)
    assert "runs-2/tiny/rows.jsonl cannot be read (Is a directory); give another folder" in refused(
        capsys, "run", "tiny", "--results", "runs-2"
    )


def test_a_folder_in_use_is_refused(ran, here, capsys, untrained):
    from embexp import records

    with records.lock(here / "runs" / "tiny"):
        assert "is in use by another sweep" in refused(capsys, "run", "tiny", "--seeds", "3")


def test_a_failure_inside_is_one_line_and_exit_code_1_and_debug_shows_where(
    ran, here, capsys, monkeypatch
):
    def broken(*_, **__):
        raise RuntimeError("the disk\nis full")

    monkeypatch.setattr(sweep, "missing", broken)
    assert call("run", "tiny") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "RuntimeError: the disk is full" in err
    assert "--debug" in err
    with pytest.raises(RuntimeError, match="the disk"):
        cli.main(["run", "tiny", "--debug"])


def test_a_mistake_with_debug_shows_where(here):
    with pytest.raises(ValueError, match="unknown experiment"):
        cli.main(["run", "--debug", "tinny"])


def test_an_interrupted_run_says_that_it_goes_on_from_there(ran, here, capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep, "run_group", interrupted)
    assert call("run", "tiny", "--seeds", "4") == 130
    assert (
        "go on from what they have kept when the same command is given again"
        in capsys.readouterr().err
    )


def test_errors_leave_a_real_process_with_code_2_and_one_line(world):
    done = embexp(world.folder, "run", "tinny")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_help_and_version(capsys):
    for words in (["--help"], ["run", "--help"], ["compare", "--help"], ["--version"], []):
        assert call(*words) == 0
    assert "--dry-run" in capsys.readouterr().out
