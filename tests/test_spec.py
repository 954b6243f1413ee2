"""A spec says all that a run depends on, names it for ever, and refuses what cannot be run."""

import dataclasses
import hashlib
import importlib.util
import inspect
import json
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Annotated, Any, get_args

import numpy as np
import pytest
from golden_specs import GOLDEN, PUBLISHED
from hypothesis import given, strategies as st
from pydantic import Field

import embexp
from embexp import spec as spec_module
from embexp.data import Ids
from embexp.errors import InputError
from embexp.grids import make
from embexp.measures.resources import LexicalResources
from embexp.models import ENCODERS
from embexp.parameters import Parameter
from embexp.regimes import REGIMES
from embexp.spec import IDENTITY, ROLES, Role, Spec
from embexp.tasks import EncodedSplit, Task, task_key
from embexp.training import hyper_parameters
from embexp.words import Vocabulary

GIVEN: dict[str, Any] = {"corpus": "sst2", "regime": "random", "encoder": "mean", "seed": 0}
COUNT = st.integers(1, 1000)
OTHERS: dict[str, dict[str, Any]] = {
    "corpus": {"corpus": "mr"},
    "regime": {"regime": "tuned"},
    "encoder": {"encoder": "cnn"},
    "seed": {"seed": 1},
    "text": {"text": 0},
    "second": {"second": "b"},
    "label": {"label": 1},
    "header": {"header": False},
    "head": {"head": "tags"},
    "tokenizer": {"tokenizer": "keras-imdb"},
    "padding": {"padding": "pre", "max_length": 9},
    "truncation": {"truncation": "pre"},
    "holdout": {"holdout": "none"},
    "train_texts": {"train_texts": 9},
    "draw": {"train_texts": 9, "draw": 1},
    "split": {"split": 1},
    "fold": {"holdout": "none", "fold": 1},
    "max_length": {"max_length": 9},
    "min_count": {"min_count": 3},
    "max_words": {"max_words": 9},
    "vocabulary": {"vocabulary": "open"},
    "vectors": {"vectors": "glove-6b-100d"},
    "dim": {"dim": 3, "vectors": None},
    "oov": {"oov": "zero"},
    "initialisers": {"initialisers": "flax"},
    "output_activation": {"output_activation": "sigmoid"},
    "class_weight": {"class_weight": "balanced"},
    "auxiliary_weight": {"auxiliary_weight": 0.5},
    "dropout": {"dropout": 0.5},
    "head_inputs": {"head_inputs": "centred"},
    "schedule": {"schedule": "cosine"},
    "epochs": {"epochs": 9},
    "batch_size": {"batch_size": 9},
    "patience": {"patience": 3},
    "buckets": {"buckets": 1},
    "optimiser": {"optimiser": "sgd"},
    "row_updates": {"optimiser": "sgd", "row_updates": "sparse"},
    "learning_rate": {"learning_rate": 0.5},
    "table_rate": {"table_rate": 0.5},
    "table_rate_unit": {"table_rate": 0.5, "table_rate_unit": "entry"},
    "weight_decay": {"weight_decay": 0.5},
    "clip": {"clip": 0.5},
    "max_norm": {"max_norm": 3.0},
    "selection": {"regime": "random-labels", "selection": "paired"},
    "trial": {"trial": True},
    "lexicon": {"lexicon": None},
    "polarity_corpus": {"polarity_corpus": "mr"},
    "tracked_pairs": {"tracked_pairs": ()},
    "similarity": {"similarity": ()},
    "relations": {"relations": "wordnet"},
    "reference": {"reference": "googlenews-subset"},
    "search": {"search": 1},
    "last_step": {"last_step": 9},
}
"""Another value of each field, with what has to be given beside it."""


def with_source(old: str, new: str) -> ModuleType:
    """`embexp.spec` as it would be after an edit of its source."""
    source = Path(spec_module.__file__).read_text(encoding="utf-8")
    assert source.count(old) == 1
    loader = importlib.util.spec_from_loader("edited_spec", loader=None)
    edited = importlib.util.module_from_spec(loader)
    exec(compile(source.replace(old, new), "edited_spec.py", "exec"), edited.__dict__)  # noqa: S102
    return edited


@given(
    seed=st.integers(0, 2**32 - 1),
    learning_rate=st.floats(0, 1e3),
    clip=st.none() | st.floats(1e-6, 1e3),
    windows=st.lists(COUNT, min_size=1, max_size=4).map(tuple),
    text=st.none() | st.text() | st.integers(0, 99),
    epochs=COUNT,
)
def test_a_spec_read_back_from_json_is_equal(**fields):
    spec = Spec(**GIVEN | {"encoder": "cnn"} | fields)
    again = Spec.model_validate_json(spec.model_dump_json())
    assert again == spec
    assert again.digest == Spec(**spec.model_dump(mode="json")).digest == spec.digest


@pytest.mark.parametrize("digest", GOLDEN)
def test_pinned_digests_stay(digest):
    assert make(**GOLDEN[digest]).digest == digest


def results() -> list[dict[str, Any]]:
    """The lines of all published runs."""
    folder = Path(embexp.__file__).parent.parent / "results"
    lines = [path.read_text("utf-8").splitlines() for path in sorted(folder.glob("*/runs.jsonl"))]
    runs = [json.loads(line) for each in lines for line in each]
    return [run for run in runs if run["spec"]["regime"] in REGIMES]  # others are baselines


def test_every_published_run_has_the_digest_of_its_spec():
    runs = results()
    assert {run["digest"] for run in runs} >= PUBLISHED.keys()
    for run in runs:
        spec = make(**IDENTITY | run["spec"])
        assert spec.digest == run["digest"]
        assert (sorted(spec.hashed), spec.arm) == (run["hashed"], run["arm"])
        assert REGIMES[spec.regime].control == run["control"]


def test_the_digest_hashes_the_fields_that_differ_from_their_identity_defaults():
    spec = make(**GIVEN, epochs=7)
    text = (
        '{"corpus":"sst2","encoder":"mean","epochs":7,"min_count":1,"polarity_corpus":"test",'
        '"regime":"random","seed":0,"vocabulary":"extended"}'
    )
    assert json.loads(text) == spec.hashed
    assert spec.digest == hashlib.sha256(text.encode()).hexdigest()[:16]
    assert spec.digest == make(**GIVEN, learning_rate=1e-3, epochs=7.0, dropout=0).digest
    convolution = make(**GIVEN | {"encoder": "cnn"}, windows=(3, 4, 5), hidden_size=100)
    moved = {"min_count": 1, "polarity_corpus": "test", "vocabulary": "extended"}
    assert convolution.hashed == {**GIVEN, "encoder": "cnn"} | moved


def test_every_field_changes_the_digest():
    assert {*OTHERS, "plugins"} == Spec.model_fields.keys()  # tests of plug-ins load some
    alike = {
        "padding": {"max_length": 9},
        "draw": {"train_texts": 9},
        "fold": {"holdout": "none"},
        "dim": {"vectors": None, "dim": 4},
        "row_updates": {"optimiser": "sgd"},
        "table_rate_unit": {"table_rate": 0.5},
        "selection": {"regime": "random-labels"},
    }
    for name, fields in OTHERS.items():
        assert make(**GIVEN | fields).digest != make(**GIVEN | alike.get(name, {})).digest


def test_every_parameter_of_an_encoder_or_a_regime_changes_the_digest():
    values = {"hidden_size": 9, "windows": (3,), "layers": 7, "hops": 7, "unfreeze_share": 0.25}
    values |= {
        "anchor_weight": 0.5,
        "joint_weight": 0.5,
        "train_words": ("good",),
        "rank": 3,
        "interpolation": 0.25,
        "heads": 3,
        "feed_forward_size": 9,
        "word_dropout": 0.25,
        "state_dropout": 0.25,
        "residual_dropout": 0.25,
    }
    for family, kind in ((ENCODERS, "encoder"), (REGIMES, "regime")):
        for name, each in family.items():
            given = GIVEN | {kind: name, "patience": 3}
            plain = make(**given)
            for parameter in each.parameters:
                other = make(**given | {parameter: values[parameter]})
                assert other.digest != plain.digest
                assert getattr(other, parameter) == values[parameter]


FIELD = "    relations: str | None = setting("


@pytest.mark.parametrize(
    ("added", "fields"),
    [
        ('casing: str = setting("as-is", "data", "case of words")', {}),
        (
            'casing: str = setting("lower", "data", "case of words", identity="as-is")',
            {"casing": "as-is"},
        ),
    ],
)
def test_no_digest_changes_when_a_field_is_added(added, fields):
    """Where users get another default, old runs are specs that state the identity default."""
    edited = with_source(FIELD, f"    {added}\n{FIELD}")
    for digest, given_before in GOLDEN.items():
        assert edited.Spec(**given_before, **fields).digest == digest
    assert edited.Spec(**GIVEN, casing="lower").digest != edited.Spec(**GIVEN, **fields).digest


def test_no_digest_changes_when_an_encoder_or_a_regime_gains_a_parameter(monkeypatch):
    rate = Annotated[float, Field(ge=0)]
    temperature = Parameter(rate, 1.0, "the default is that of old runs")
    noise = Parameter(rate, 0.1, "the default is another one", identity=0.0)
    for name, encoder in ENCODERS.items():
        parameters = {**encoder.parameters, "temperature": temperature}
        monkeypatch.setitem(ENCODERS, name, SimpleNamespace(parameters=parameters))
    for name, regime in REGIMES.items():
        parameters = {**regime.parameters, "noise": noise}
        monkeypatch.setitem(REGIMES, name, dataclasses.replace(regime, parameters=parameters))
    for digest, fields in GOLDEN.items():
        assert make(**fields, noise=0).digest == digest
        assert make(**fields, noise=0, temperature=2).digest != digest
        assert make(**fields).digest != digest
        assert make(**fields).regime_parameters["noise"] == 0.1


def test_a_default_may_move_while_digests_stay():
    old = 'setting(5, "static", "passes over the training texts")'
    edited = with_source(old, old.replace("(5", "(7").replace('")', '", identity=5)'))
    for digest, fields in GOLDEN.items():
        assert edited.Spec(**{"epochs": 5} | fields).digest == digest
    moved = edited.Spec(**GIVEN)
    assert moved.epochs == 7
    assert moved.digest == make(**GIVEN, epochs=7).digest != make(**GIVEN).digest


def test_every_field_has_a_role_and_a_field_without_one_is_refused():
    assert ROLES.keys() == Spec.model_fields.keys()
    assert {*ROLES.values()} == {*get_args(Role)}
    required = {name for name, field in Spec.model_fields.items() if field.is_required()}
    assert ROLES.keys() - IDENTITY.keys() == required == GIVEN.keys()
    with pytest.raises(TypeError, match="role"):
        with_source(FIELD, '    casing: str = setting("as-is", description="")\n' + FIELD)
    with pytest.raises(TypeError):
        with_source(FIELD, '    casing: str = "as-is"\n' + FIELD)


def small_task() -> Task:
    """Three texts of three words a split."""
    ids = Ids(np.arange(2, 11, dtype=np.int32), np.array([0, 2, 5, 9]))
    split = EncodedSplit(ids, np.array([0, 1, 0], np.int32), np.zeros((3, 0), np.float32), (3, 9))
    words = ["<pad>", "<unk>", *"abcdefghi"]
    return Task(
        classes=("no", "yes"),
        vocabulary=Vocabulary(words, np.ones(len(words), int)),
        vectors=None,
        dim=3,
        train=split,
        validation=split,
        test=split,
        resources=LexicalResources(),
        documents=None,
        checksums={},
        holdout=True,
    )


@pytest.mark.parametrize("name", OTHERS)
def test_a_field_has_the_effect_that_its_role_says(name):
    """Data and evaluation make the task, static fields shape the program, others neither."""
    task, plain = small_task(), GIVEN | {"dim": 3, "vectors": None, "schedule": "linear"}
    changed = {"regime": {"regime": "random-labels"}, "vectors": {"vectors": "any", "dim": None}}
    changed |= {"dim": {"dim": 4}}
    one, other = make(**plain), make(**plain | changed.get(name, OTHERS[name]))
    assert (task_key(one) != task_key(other)) == (ROLES[name] in ("data", "evaluation"))
    if ROLES[name] in ("static", "traced", "course"):
        schedules = [task.schedule(spec) for spec in (one, other)]
        static = [
            task.static(spec, each) for spec, each in zip((one, other), schedules, strict=True)
        ]
        same = static[0] == static[1] and str(schedules[0]) == str(schedules[1])
        assert same == (ROLES[name] != "static")


def test_every_traced_number_is_a_hyper_parameter():
    """The others decide where a run starts, and in which order it sees its texts."""
    taken = inspect.signature(hyper_parameters).parameters.keys() - {"steps", "parameters"}
    traced = {name for name, role in ROLES.items() if role == "traced"}
    assert traced - {"seed", "oov", "table_rate_unit", "schedule"} == taken


def test_parameters_of_encoders_and_regimes_are_traced_where_they_say_so():
    spec = make(**GIVEN | {"encoder": "cnn", "regime": "delayed"}, unfreeze_share=0.25)
    assert spec.encoder_parameters == {"hidden_size": 100, "windows": (3, 4, 5)}
    assert spec.regime_parameters == {"unfreeze_share": 0.25}
    assert spec.of_role("static").items() >= spec.encoder_parameters.items()
    assert spec.of_role("traced").items() >= spec.regime_parameters.items()
    every = spec.of_role(*get_args(Role))
    assert every == spec.model_dump()
    static = small_task().static(spec, small_task().schedule(spec))
    assert dict(static.encoder_parameters) == spec.encoder_parameters
    rates = [make(**GIVEN | {"encoder": "dan"}, word_dropout=rate) for rate in (0.0, 0.4)]
    assert [each.of_encoder("traced") for each in rates] == [
        {"word_dropout": 0.0},
        {"word_dropout": 0.4},
    ]
    schedule = small_task().schedule(rates[0])
    one, other = (small_task().static(each, schedule) for each in rates)
    assert one == other  # so that both are one program
    assert dict(one.encoder_parameters) == {"hidden_size": 100, "layers": 3}


def test_a_run_is_called_by_its_encoder_regime_vectors_and_seed():
    assert make(**GIVEN).title == "mean · random · seed 0"
    assert make(**GIVEN | {"regime": "tuned"}).arm == "tuned · glove-6b-50d"
    assert make(**GIVEN | {"regime": "frozen", "vectors": "mine/w2v.bin"}).arm == "frozen · w2v.bin"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"regime": "tunned"}, "unknown regime 'tunned'; did you mean 'tuned'"),
        ({"encoder": "lsmt"}, "unknown encoder 'lsmt'; did you mean 'lstm'"),
        ({"oov": "zeros"}, "unknown rule for words without a vector 'zeros'; did you mean 'zero'"),
        ({"epoch": 3}, "unknown setting 'epoch'; did you mean 'epochs'"),
        (
            {"hidden_size": 50},
            "encoder 'mean' with regime 'random' has no hidden_size; .*, cnn, .* have it",
        ),
        ({"windows": (3,)}, "encoder 'mean' with regime 'random' has no windows; .*cnn has it"),
        ({"unfreeze_share": 0.1}, "with regime 'random' has no unfreeze_share; delayed has it"),
        ({"regime": "delayed", "unfreeze_share": 1.1}, "unfreeze_share = 1.1 is refused"),
        ({"encoder": "cnn", "windows": (0,)}, r"windows = \(0,\) is refused"),
        ({"encoder": "cnn", "hidden_size": 0}, "hidden_size = 0 is refused"),
        ({"seed": -1}, "seed = -1 is refused"),
        ({"seed": 2**32}, "seed = 4294967296 is refused"),
        ({"seed": 1.5}, "seed = 1.5 is refused"),
        ({"epochs": 0}, "epochs = 0 is refused"),
        ({"batch_size": "many"}, "batch_size = 'many' is refused"),
        ({"dropout": 1.0}, "dropout = 1.0 is refused"),
        ({"learning_rate": float("nan")}, "learning_rate = nan is refused"),
        ({"learning_rate": float("inf")}, "learning_rate = inf is refused"),
        ({"learning_rate": -0.1}, "learning_rate = -0.1 is refused"),
        ({"clip": 0}, "clip = 0 is refused"),
        ({"optimiser": "adamw"}, "unknown optimiser 'adamw'; did you mean 'adam'"),
        ({"corpus": None}, "corpus = None is refused"),
        ({"regime": 3}, "regime = 3 is refused"),
        ({"tokenizer": "keras-imdb", "vocabulary": "open"}, "own words; leave vocabulary out"),
        ({"tracked_pairs": ("good",)}, "tracked_pairs has 'good'; a pair is written as word:word"),
        ({"tracked_pairs": ("good:bad:ugly",)}, "tracked_pairs has 'good:bad:ugly'"),
        ({"vectors": None}, "the table's width must be given: set dim"),
        ({"vectors": None, "dim": 0}, "dim = 0 is refused"),
        ({"dim": 50}, "dim=50 is given, but vectors 'glove-6b-50d' have a width; leave dim out"),
        ({"vectors": None, "dim": 5, "regime": "tuned"}, "regime 'tuned' starts from vectors"),
        ({"vectors": None, "dim": 5, "regime": "random-frozen"}, "starts from vectors; give"),
        ({"padding": "pre"}, "padding='pre' fills up to max_length; set it"),
        ({"head": "tags", "max_length": 5}, "head='tags' needs whole texts"),
        ({"head": "tags", "output_activation": "sigmoid"}, "head='tags' has outputs of its own"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_sentence(fields, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        make(**GIVEN | fields)
    assert "\n" not in str(caught.value)


def test_a_missing_field_is_named_and_described():
    with pytest.raises(InputError, match="regime is missing: a name in REGIMES"):
        make(corpus="sst2", encoder="mean", seed=0)


@pytest.mark.parametrize("taken", ["dropout", "unfreeze_share"])
def test_a_parameter_may_not_have_the_name_of_another_setting(monkeypatch, taken):
    parameters = {taken: Parameter(float, 0.9, "")}
    monkeypatch.setitem(ENCODERS, "mine", SimpleNamespace(parameters=parameters))
    with pytest.raises(InputError, match=f"encoder 'mine' declares {taken}, a name in use"):
        make(**GIVEN | {"encoder": "mine", "regime": "delayed"})


def test_a_spec_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        make(**GIVEN).seed = 3
