"""An experiment's file into its cells: found by name or path, changed by settings, and
cut down to a selection."""

from pathlib import Path

import pytest

from embexp import experiments
from embexp.errors import InputError
from embexp.report.entries import fitting

TEXT = '''"""Does it matter?

More words.
"""

from embexp import grid

BASELINE = "random"
MEASURES = ("accuracy",)


def specs(seeds=3):
    return grid(corpus="sst2", regime=["random", "glove-tuned"], encoder=["mean", "lstm"], seed=range(seeds), rate=1.0, clip=None)
'''


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A folder with an experiment `matter` in its `experiments/`, and nothing beside
    the package."""
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
    assert (found.question, found.baseline, found.measures) == (
        "Does it matter?",
        "random",
        ("accuracy",),
    )
    assert len(found.specs()) == 12


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("mater", "unknown experiment 'mater'; did you mean 'matter'"),
        ("elsewhere/matter.py", "unknown experiment"),
        ("matter.txt", "unknown experiment"),
        ("", "unknown experiment"),
    ],
)
def test_an_unknown_experiment_is_refused_with_the_nearest(here, name, sentence):
    with pytest.raises(InputError, match=sentence):
        experiments.load(name)


def test_a_file_without_cells_is_refused(here):
    (here / "empty.py").write_text("SPECS = 3\n")
    with pytest.raises(InputError, match=r"empty.py has no function specs\(seeds\)"):
        experiments.load("empty.py")


def cells(seeds=None, settings=(), only=()):
    return experiments.cells(experiments.load("matter"), seeds=seeds, settings=settings, only=only)


def test_settings_change_every_cell_and_keep_the_rest(here):
    changed = cells(
        seeds=1,
        settings=[
            "epochs=2",
            "rate=0.5",
            "clip=1",
            "corpus=mr",
            "windows=[2, 3]",
            "lexicon=null",
            "header=false",
        ],
    )
    assert len(changed) == 4
    for spec in changed:
        assert (spec.epochs, spec.rate, spec.clip, spec.corpus) == (2, 0.5, 1.0, "mr")
        assert (spec.windows, spec.lexicon, spec.header) == ((2, 3), None, False)
    assert [spec.arm for spec in changed] == [spec.arm for spec in cells(seeds=1)]


def test_seeds_are_the_experiment_s_own_number_unless_given(here):
    assert {spec.seed for spec in cells()} == {0, 1, 2}
    assert {spec.seed for spec in cells(seeds=5)} == set(range(5))


def test_only_keeps_the_cells_with_the_values_given(here):
    kept = cells(only=["regime=random", "seed=0", "seed=2"])
    assert {(spec.regime, spec.encoder, spec.seed) for spec in kept} == {
        ("random", e, s) for e in ("mean", "lstm") for s in (0, 2)
    }
    assert (
        len(cells(only=["rate=1", "clip=null", "windows=[3,4,5]"])) == 12
    )  # the same value, otherwise spelt
    assert len(cells(seeds=1, settings=["epochs=7"], only=["epochs=7"])) == 4


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"seeds": 0}, "--seeds 0 makes no cells; give 1 or more"),
        ({"seeds": -3}, "--seeds -3 makes no cells"),
        ({"settings": ["epochs"]}, "--set 'epochs' is not of the form key=value"),
        ({"settings": ["=3"]}, "unknown setting ''"),
        ({"settings": ["epoch=3"]}, "unknown setting 'epoch'; did you mean 'epochs'"),
        ({"settings": ["epochs=0"]}, "epochs = 0 is refused"),
        ({"settings": ["epochs=three"]}, "epochs = 'three' is refused"),
        ({"settings": ["rate=NaN"]}, "rate = nan is refused"),
        ({"settings": ["rate=1e999"]}, "rate = inf is refused"),
        ({"settings": ["regime=[]"]}, "regime = .* is refused"),
        ({"settings": ["regime=glove"]}, "unknown regime 'glove'"),
        ({"only": ["regime"]}, "--only 'regime' is not of the form key=value"),
        ({"only": ["regim=random"]}, "unknown setting 'regim'; did you mean 'regime'"),
        (
            {"only": ["regime=permuted"]},
            "unknown regime in this experiment 'permuted'; known: glove-tuned, random",
        ),
        ({"only": ["seed=7"]}, "unknown seed in this experiment '7'"),
    ],
)
def test_bad_options_are_refused_in_one_sentence(here, options, sentence):
    with pytest.raises(InputError, match=sentence):
        cells(**options)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("return 5", "breaks: TypeError"),
        ("return [1, 2]", "gives 1, which is no Spec"),
        ("raise KeyError('x')", "breaks: KeyError"),
    ],
)
def test_specs_that_break_are_the_users_mistake(tmp_path, body, sentence):
    path = tmp_path / "mine.py"
    path.write_text(f'"""Does it?"""\n\n\ndef specs(seeds=1):\n    {body}\n')
    with pytest.raises(InputError, match=sentence):
        experiments.cells(experiments.load(str(path)), seeds=None, settings=[], only=[])


def test_none_is_nothing_where_nothing_may_be_given():
    assert experiments.setting("clip=none", "--set") == ("clip", None)
    assert experiments.setting("vectors=None", "--set") == ("vectors", None)
    assert experiments.setting("holdout=none", "--set") == ("holdout", "none")


def test_the_experiments_of_this_checkout_give_cells():
    for path in (Path(experiments.__file__).parent.parent / "experiments").glob("*.py"):
        found = experiments.load(str(path))
        assert found.question.endswith("?")
        specs = experiments.cells(found, seeds=1, settings=[], only=[])
        assert specs
        assert len({spec.digest for spec in specs}) == len(specs)
        assert len({spec.seed for spec in specs}) == 1
        cells_of = {spec.digest: {"spec": spec.model_dump(mode="json")} for spec in specs}
        assert (
            found.baseline is None
            or fitting(cells_of, found.baseline, found.by)["baseline"] == found.baseline
        )
