"""What a task takes besides its corpus: a reference, unlabelled texts, and polarity's bounds."""

import numpy as np
import pytest
import small_corpus

from embexp import records
from embexp.data.registry import CORPORA
from embexp.data.sources import CorpusSource
from embexp.errors import InputError
from embexp.evaluation.table import TableEvaluator
from embexp.grids import make
from embexp.measures import MeasuredTable
from embexp.measures.semantic import overlap_of
from embexp.runner.baselines import run_baselines
from embexp.tasks import prepare_task
from embexp.vectors.registry import checksum

small = small_corpus.small


@pytest.fixture(scope="module")
def reference(small):
    """Vectors of another width that know some of the words, and one that no other file knows."""
    rng, path = np.random.default_rng(1), small.folder / "reference.txt"
    known = [*small_corpus.GOOD[:-1], *small_corpus.NEUTRAL]
    lines = [f"{word} {' '.join(map(str, rng.normal(size=3).round(3)))}\n" for word in known]
    path.write_text("".join(lines))
    return path


def test_a_reference_that_is_no_start_decides_with_it_what_is_measured(small, reference):
    (spec,) = small.specs(regime="tuned", seed=0, reference=str(reference))
    task = prepare_task(spec)
    words = TableEvaluator(task, spec).words
    (bare,) = small.specs(regime="tuned", seed=0)
    own = TableEvaluator(prepare_task(bare), bare).words
    shared = {word for word in own.spelled(own.evaluated) if word in task.reference}
    assert {*words.spelled(words.evaluated)} == shared < {*own.spelled(own.evaluated)}
    assert words.reference.shape == (len(shared), 3)
    assert task.dim == 6  # the start is as it was
    np.testing.assert_array_equal(task.vectors.table, prepare_task(bare).vectors.table)
    assert task.checksums["reference"] == checksum(reference)
    assert spec.digest != bare.digest


def test_neighbours_are_compared_with_those_of_the_reference(small, reference):
    (spec,) = small.specs(regime="tuned", seed=0, reference=str(reference))
    task = prepare_task(spec)
    evaluator = TableEvaluator(task, spec)

    def overlap(rows):
        table = np.zeros((len(task.vocabulary), 3), np.float32)
        table[evaluator.words.evaluated] = rows
        return overlap_of(MeasuredTable(evaluator.words, table), 2, 9, 99, reference=True).value

    same = evaluator.words.reference
    assert overlap(same) == 1
    assert overlap(np.random.default_rng(0).normal(size=same.shape)) < 1


def test_texts_are_compared_with_the_reference_s_mean_vectors(small, reference):
    (spec,) = small.specs(regime="tuned", seed=0, reference=str(reference))
    task = prepare_task(spec)
    assert task.references.shape == (len(task.vocabulary) + len(task.others), 3)
    row = task.vocabulary.index["good"]
    np.testing.assert_array_equal(task.references[row], task.reference["good"])


def test_an_unknown_reference_is_refused(small):
    (spec,) = small.specs(regime="tuned", seed=0, reference="glove-6b-55d")
    with pytest.raises(InputError, match="unknown vectors 'glove-6b-55d'"):
        prepare_task(spec)


@pytest.fixture
def named(tmp_path, monkeypatch):
    """A data set with unlabelled texts, by name."""
    monkeypatch.setenv("EMBEXP_DATA", str(tmp_path))
    labelled = [f"good film {number},pos\nbad film {number},neg\n" for number in range(40)]
    (tmp_path / "own.csv").write_text("text,label\n" + "".join(labelled))
    (tmp_path / "more.csv").write_text("text\n" + "superb good film\n" * 30)
    source = CorpusSource("", "", "", {"train": "own.csv"}, unlabelled="more.csv")
    monkeypatch.setitem(CORPORA, "own", source)
    monkeypatch.setitem(CORPORA, "bare", CorpusSource("", "", "", {"train": "own.csv"}))
    return tmp_path


def spec_of(corpus: str, vectors: str):
    fields = {"lexicon": None, "similarity": (), "tracked_pairs": ()}
    return make(corpus=corpus, vectors=vectors, regime="frozen", encoder="mean", seed=0, **fields)


def test_unlabelled_texts_are_trained_on_where_they_are_asked_for(named):
    name = "trained:ppmi-svd,dim=2"
    with_more = prepare_task(spec_of("own", f"{name},unlabelled=1"))
    assert "superb" in with_more.vectors
    assert "superb" not in prepare_task(spec_of("own", name)).vectors
    assert "superb" not in with_more.vocabulary  # it stands in no labelled text
    before = with_more.checksums["vectors"]
    (named / "more.csv").write_text("text\n" + "other good film\n" * 30)
    assert prepare_task(spec_of("own", f"{name},unlabelled=1")).checksums["vectors"] != before
    with pytest.raises(InputError, match="'bare' has no unlabelled texts"):
        prepare_task(spec_of("bare", f"{name},unlabelled=1"))


def test_counts_of_labels_are_beside_polarity_for_two_classes_only(small, tmp_path):
    lines = [f"good film {number},{'abc'[number % 3]}\n" for number in range(90)]
    (tmp_path / "three.csv").write_text("text,label\n" + "".join(lines))
    two, three = (
        small.specs(regime="random", seed=0, polarity_corpus=str(small.folder / "poisoned"))[0],
        make(
            corpus=str(tmp_path / "three.csv"),
            regime="random",
            encoder="mean",
            seed=0,
            vectors=str(small.folder / "vectors.txt"),
            polarity_corpus=str(small.folder / "corpus"),
            similarity=(),
        ),
    )
    made = []
    for spec in (two, three):
        folder = tmp_path / str(len(made))
        run_baselines([spec], results=folder)
        runs = records.read_runs(folder).values()
        assert not [run["error"] for run in runs if run["error"]]
        made.append({run["spec"]["regime"].removeprefix("baseline: ") for run in runs})
    assert made[0] - made[1] == {"training-counts"}
    assert "polarity-ceiling" in made[1]
