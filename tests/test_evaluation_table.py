"""The table evaluator: the words of a task, and the tables of runs that train side by side,
measured on the host or where they lie.
"""

import jax.numpy as jnp
import numpy as np
import pytest
import small_corpus

from embexp.devices import prepare
from embexp.errors import InputError
from embexp.evaluation import Context
from embexp.evaluation.table import TableEvaluator, measured_tables
from embexp.measures import MeasuredTable, strata_measures, table_measures
from embexp.models import Embedding, OneHot, Projected
from embexp.tasks import prepare_task
from embexp.training.runs import on_mesh, run_mesh

small = small_corpus.small
RUNS, DIM = 4, 6
rng = np.random.default_rng(5)


@pytest.fixture(scope="module")
def evaluator(small) -> TableEvaluator:
    (spec, _) = small.specs(regime="tuned")
    return TableEvaluator(prepare_task(spec), spec)


@pytest.fixture(scope="module")
def tables(evaluator) -> tuple[np.ndarray, np.ndarray]:
    """Starts and later tables of four runs, of which the last is frozen."""
    vocab = len(evaluator.words.words)
    start = rng.normal(size=(RUNS, vocab, DIM)).astype(np.float32)
    later = start + rng.normal(size=start.shape).astype(np.float32)
    later[-1] = start[-1]
    return start, later


def of_runs(evaluator, tables, runs, *, strata: bool, kind=Embedding, beside=()):
    """Each run's measured table, and its start."""
    start, later = (each[runs] for each in tables)
    mesh = run_mesh(prepare(), len(start))
    params = {"rows": later, **dict(beside)}
    params = {name: on_mesh(mesh, jnp.asarray(each)) for name, each in params.items()}
    starts = [MeasuredTable(evaluator.words, each) for each in start]
    return measured_tables(kind, params, starts, strata=strata), starts


def test_measured_are_words_that_the_vectors_know_and_training_shows_often_enough(evaluator):
    words = evaluator.words
    evaluated = set(words.spelled(words.evaluated))
    assert {"good", "awful", "film"} <= evaluated
    assert evaluated.isdisjoint({"an", "it", "<pad>", "<unk>"})  # without a vector
    assert set(words.spelled(words.log_odds_rows)) <= evaluated
    odds = dict(zip(words.spelled(words.log_odds_rows), words.log_odds, strict=True))
    assert odds["lovely"] > odds["the"] == 0  # no other stands in twenty validation texts
    assert len(odds) == 2
    assert words.reference.shape == (len(words.evaluated), 6)
    assert words.tracked == ["cos(good,bad)"]


def test_values_are_given_by_stratum_only_where_they_are_wanted(evaluator, tables):
    start, later = (each[0] for each in tables)
    began = MeasuredTable(evaluator.words, start)
    assert list(evaluator.evaluate(Context(3))) == []
    plain = MeasuredTable(evaluator.words, later, began)
    found = list(evaluator.evaluate(Context(3, table=plain)))
    assert found == [("words", *each) for each in table_measures(plain)]
    wanted = MeasuredTable(evaluator.words, later, began, strata=True)
    by_stratum = list(evaluator.evaluate(Context(3, table=wanted)))[len(found) :]
    assert by_stratum == [("words", *each) for each in strata_measures(wanted)]


@pytest.mark.parametrize("strata", [False, True])
def test_on_the_host_each_run_has_its_own_table_and_start(evaluator, tables, strata):
    table_of, starts = of_runs(evaluator, tables, slice(None), strata=strata)
    for place, later in enumerate(tables[1]):
        found = table_of(place)
        np.testing.assert_array_equal(found.table, later)
        assert found.start is starts[place]
        assert found.words is evaluator.words
        assert bool(found.strata) == strata


def test_a_kind_of_embedding_gives_its_effective_table_or_none(evaluator, tables):
    maps = rng.normal(size=(RUNS, DIM, DIM)).astype(np.float32)
    beside = {"map": maps}
    table_of, _ = of_runs(
        evaluator, tables, slice(None), strata=False, kind=Projected, beside=beside
    )
    for place, rows in enumerate(tables[1]):
        np.testing.assert_allclose(table_of(place).table, rows @ maps[place], rtol=1e-5, atol=1e-6)
    assert measured_tables(OneHot, {}, [])(0) is None


@pytest.mark.slow  # compiling
@pytest.mark.parametrize("strata", [False, True])
def test_tables_that_stay_on_their_device_have_the_values_of_those_on_the_host(
    evaluator, tables, monkeypatch, strata
):
    on_host, _ = of_runs(evaluator, tables, slice(None), strata=strata)
    monkeypatch.setattr("embexp.devices.ON_HOST", ())
    on_device, _ = of_runs(evaluator, tables, slice(None), strata=strata)
    alone, _ = of_runs(evaluator, tables, slice(1, 2), strata=strata)
    for place in range(RUNS):
        expected, values = (
            {
                (name, value.stratum): value
                for _, name, value in evaluator.evaluate(Context(1, table=table_of(place)))
            }
            for table_of in (on_host, on_device)
        )
        assert list(values) == list(expected)
        assert all(same(values[name], expected[name]) for name in expected)
    among = dict(table_measures(on_device(1)))
    for name, value in table_measures(alone(0)):
        assert same(value, among[name]), name


def same(one, other) -> bool:
    """Whether two values agree but for the rounding of float32."""
    numbers = (np.array(each[:6], float) for each in (one, other))
    return bool(np.allclose(*numbers, rtol=1e-5, atol=1e-7, equal_nan=True))


@pytest.mark.slow
def test_nan_in_one_run_s_table_leaves_the_others_on_the_device_alone(
    evaluator, tables, monkeypatch
):
    monkeypatch.setattr("embexp.devices.ON_HOST", ())
    start, later = tables
    broken = later.copy()
    broken[2, 5, 3] = np.nan
    table_of, _ = of_runs(evaluator, (start, broken), slice(None), strata=False)
    assert table_of(1).change
    with pytest.raises(InputError, match="holds NaN or infinity; did training diverge"):
        dict(table_measures(table_of(2)))
