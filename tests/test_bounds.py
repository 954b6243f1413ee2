"""Every number that a user can give has an upper bound, and is refused before any work."""

import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Annotated, Any, get_args, get_origin

import numpy as np
import pytest
import small_corpus
import tiny_experiment
from commands import call
from pydantic import Field, create_model

from embexp import grids
from embexp.data import Ids
from embexp.errors import InputError
from embexp.grids import grid, make
from embexp.models import ENCODERS
from embexp.regimes import REGIMES
from embexp.runner import experiments
from embexp.spec import Spec
from embexp.synthetic import WorldConfig
from embexp.tasks import encoded
from embexp.training import schedule
from embexp.vectors.corpus_trained import corpus_trained_vectors
from embexp.vectors.gensim_backend import train as train_by_gensim
from embexp.vectors.settings import PpmiSvd
from embexp.vectors.text import read_text
from embexp.vectors.train import METHODS, settings_of

untrained = small_corpus.untrained
tiny, here, ran = tiny_experiment.tiny, tiny_experiment.here, tiny_experiment.ran
DIGITS = 10**5000
HUGE = (10**20, DIGITS, 1e300, float("inf"), float("nan"), -1, -(10**20))
GIVEN: dict[str, Any] = {"corpus": "sst2", "regime": "random", "encoder": "mean", "seed": 0}


def numeric(annotation: Any) -> type | None:
    """`int` or `float` where a type takes a number, also among others or in a tuple."""
    if annotation in (int, float):
        return annotation
    parts = get_args(annotation) if get_origin(annotation) is not None else ()
    return next((kind for part in parts if (kind := numeric(part))), None)


def in_tuple(annotation: Any) -> bool:
    """Whether a type takes several numbers."""
    if get_origin(annotation) is Annotated:
        return in_tuple(get_args(annotation)[0])
    return get_origin(annotation) is tuple


Make = Callable[[Any], object]


def of_specs() -> Iterator[tuple[str, Make]]:
    for name, field in Spec.model_fields.items():
        if numeric(field.annotation):
            alone = {"vectors": None} if name == "dim" else {}
            yield name, lambda value, name=name, alone=alone: make(**GIVEN | alone | {name: value})


def of_families() -> Iterator[tuple[str, Make]]:
    for family, kind in ((ENCODERS, "encoder"), (REGIMES, "regime")):
        for owner, each in family.items():
            for name, parameter in each.parameters.items():
                if numeric(parameter.annotation):
                    several = in_tuple(parameter.annotation)
                    yield (
                        f"{owner}.{name}",
                        lambda value, kind=kind, owner=owner, name=name, several=several: make(
                            **GIVEN | {kind: owner, name: (value,) if several else value}
                        ),
                    )


def of_vectors() -> Iterator[tuple[str, Make]]:
    for method, settings in METHODS.items():
        for name, field in settings.model_fields.items():
            if numeric(field.annotation):
                yield (
                    f"{method}.{name}",
                    lambda value, method=method, name=name: settings_of(method, {name: value}),
                )


def spelt(value: float) -> str:
    return "1" + 5000 * "0" if value is DIGITS else repr(value)


def of_worlds() -> Iterator[tuple[str, Make]]:
    for field in fields(WorldConfig):
        if type(field.default) in (int, float):
            yield (
                f"world.{field.name}",
                lambda value, name=field.name: WorldConfig.parse(f"world:{name}={spelt(value)}"),
            )


EVERY = dict([*of_specs(), *of_families(), *of_vectors(), *of_worlds()])


def let_through(made: Make) -> list[Any]:
    """The values that are not refused, each within a second and without memory."""
    passed = []
    for value in HUGE:
        start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            made(value)
        except InputError as error:
            assert "\n" not in str(error)
            assert len(str(error)) < 600
        else:
            passed.append(value)
        assert time.process_time() - start < 1
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 << 10
    return passed


@pytest.mark.parametrize("name", EVERY)
def test_a_number_without_sense_is_refused_at_once(name):
    assert let_through(EVERY[name]) == []


def test_the_numbers_are_all_there():
    """What the test above goes over, by examples of every kind."""
    assert {
        *("seed", "text", "label", "dim", "epochs", "batch_size", "max_length", "clip", "dropout"),
        *("table_rate", "cnn.windows", "cnn.hidden_size", "lstm.layers", "attention.hops"),
        *("delayed.unfreeze_share", "glove.x_max", "skipgram.cap", "ppmi-svd.shift"),
        *("fasttext.epochs", "world.words", "world.noise", "world.seed"),
    } <= EVERY.keys()


@pytest.mark.parametrize(
    "annotation",
    [int, Annotated[int, Field(ge=0)], Annotated[float, Field(ge=0)] | None, float | None],
)
def test_a_field_without_a_bound_would_be_found(annotation, monkeypatch):
    assert numeric(annotation)
    unbounded = create_model("Unbounded", __base__=PpmiSvd, fresh=(annotation, 1))
    monkeypatch.setitem(METHODS, "fresh", unbounded)
    (made,) = [made for name, made in of_vectors() if name == "fresh.fresh"]
    assert let_through(made)


def test_what_is_real_is_let_through():
    make(**GIVEN, epochs=1000, batch_size=8192, learning_rate=10, max_length=100_000)
    make(**GIVEN | {"encoder": "cnn"}, windows=tuple(range(1, 40)), hidden_size=8192)
    settings_of("skipgram", {"dim": 4096, "window": 500, "negatives": 100, "sample": 1})
    settings_of("glove", {"x_max": 1e5, "batch_size": 1 << 16})
    WorldConfig(words=100_000, texts=100_000, length=200, topics=100)


@pytest.mark.parametrize(
    "name",
    [
        "world:words=99999999999",
        f"world:words={'9' * 5000}",
        "world:texts=10000000,length=1000",
        "world:words=1000000,synonyms=100",
        "world:noise=nan",
    ],
)
def test_a_world_that_is_too_large_is_refused(name):
    with pytest.raises(InputError):
        WorldConfig.parse(name)


def test_a_grid_of_too_many_runs_is_refused_before_it_is_built():
    seeds, rates = range(10**20), [0.1] * 10**4
    for lists in ({"seed": seeds}, {"learning_rate": rates, "table_rate": rates}):
        with pytest.raises(InputError, match="a grid has 100000 at most; give fewer values"):
            grid(**GIVEN | lists)
    assert grids.length(range(9, 0, -2)) == len(range(9, 0, -2))
    assert grids.length(range(0, 9, 2)) == len(range(0, 9, 2))


def test_a_product_of_settings_with_an_experiment_is_refused(monkeypatch):
    monkeypatch.setattr(grids, "MOST_RUNS", 5)
    specs = [make(**GIVEN | {"seed": seed}) for seed in range(3)]
    chosen = experiments.Experiment("mine", "", lambda seeds=3: specs[:seeds])
    assert len(experiments.specs_of(chosen, settings=["epochs=[1]"])) == 3
    with pytest.raises(InputError, match="3 × 2 values make 6 runs"):
        experiments.specs_of(chosen, settings=["epochs=[1,2]"])
    with pytest.raises(InputError, match="6 values make 6 runs"):
        experiments.specs_of(chosen, seeds=6)


DEEP = "[" * 50_000


@pytest.mark.parametrize(
    "words",
    [
        ("run", "tiny", "--seeds", str(10**20)),
        ("run", "tiny", "--seeds", "4000000000"),
        ("run", "tiny", "--seeds", "9" * 5000),
        ("run", "tiny", "--set", "epochs=1e9"),
        ("run", "tiny", "--set", "epochs=1000000000"),
        ("run", "tiny", "--set", f"epochs={'9' * 5000}"),
        ("run", "tiny", "--set", "learning_rate=NaN"),
        ("run", "tiny", "--set", "learning_rate=1e400"),
        ("run", "tiny", "--set", f"epochs={DEEP}"),
        ("run", "tiny", "--set", f"epochs={'[' * 300}1{']' * 300}"),
        ("run", "tiny", "--only", f"epochs={DEEP}"),
        ("compare", "mine.csv", "--seeds", "99999999"),
        ("compare", "mine.csv", "--text", "9" * 5000, "--no-header"),
        ("compare", "world:words=99999999999"),
        ("table", "tiny", "--checkpoint", "9" * 5000),
        ("vectors", "train", "mine.csv", "--dim", str(10**20)),
        ("vectors", "train", "mine.csv", "--min-count", str(10**20)),
        ("vectors", "train", "mine.csv", "--set", f"negatives={'9' * 5000}"),
        ("vectors", "train", "mine.csv", "--learning-rate", "1e400"),
        ("vectors", "train", "mine.csv", "--engine", "gensim", "--workers", "99999"),
        ("vectors", "neighbors", "vectors.txt", "good", "-k", str(10**20)),
        ("measure", "vectors.txt", "--limit", "9" * 5000),
    ],
    ids=lambda words: " ".join(words)[:50],
)
def test_a_number_on_the_command_line_that_is_too_large_is_refused(
    words, ran, here, capsys, untrained
):
    start = time.process_time()
    assert call(*words) == 2
    assert time.process_time() - start < 5
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert len(said) < 600


def test_gensim_takes_no_thousands_of_workers():
    text = read_text(["a b a b"] * 9, min_count=1)
    with pytest.raises(InputError, match="workers is 99999; give 1 to 1024"):
        train_by_gensim(text, "skipgram", workers=99999)


def test_an_order_of_texts_that_does_not_fit_the_memory_is_refused(monkeypatch):
    lengths = np.full(100, 9)
    monkeypatch.setattr(schedule, "free_memory", lambda: 8 * 100 * 10)
    options = {"buckets": 1, "batch_size": 10}
    assert schedule.schedule_for(lengths, epochs=10, **options).steps == 100
    with pytest.raises(InputError, match=r"110 steps of 10 needs .* GiB, .* lower epochs"):
        schedule.schedule_for(lengths, epochs=11, **options)


def test_padding_that_does_not_fit_the_memory_is_refused(monkeypatch):
    ids = Ids(np.ones(9, np.int32), np.array([0, 4, 9]))
    spec = make(**GIVEN, padding="pre", max_length=1000)
    monkeypatch.setattr(encoded, "free_memory", lambda: 8 * 2 * 1000)
    assert encoded.truncated(spec, ids).lengths.tolist() == [1000, 1000]
    monkeypatch.setattr(encoded, "free_memory", lambda: 8 * 2 * 1000 - 1)
    with pytest.raises(InputError, match=r"2 texts needs about 0.0 GiB, but .* lower max_length"):
        encoded.truncated(spec, ids)


@pytest.mark.parametrize("name", ["min_count", "max_words"])
@pytest.mark.parametrize("value", [float("nan"), 1e300, 2.5, -1])
def test_counts_of_a_text_are_whole_numbers(name, value):
    """Names such as trained:glove,min_count=2.5 give them unchecked."""
    with pytest.raises(InputError, match="both are whole"):
        corpus_trained_vectors(f"trained:glove,{name}={value!r}", ["a b a b"] * 9)
