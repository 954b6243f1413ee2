"""What a spec's tables are measured by: names and files, a world's own truth, and the
mistakes that are refused before training."""

from pathlib import Path

import numpy as np
import pytest

from embexp import experiments, records, sweep
from embexp.data.world import world
from embexp.errors import InputError
from embexp.measures.relations import relate, related_auc
from embexp.report.tables import comparison
from embexp.spec import Spec, make
from embexp.sweep import group
from embexp.sweep.task import task_of
from embexp.sweep.yardsticks import yardsticks_of

WORLD = "world:words=200,topics=4,texts=200,length=12"
SMALL = {
    "regime": "random",
    "encoder": "mean",
    "seed": 0,
    "epochs": 2,
    "batch": 32,
    "buckets": 2,
    "rate": 0.03,
}
OWN = {
    "corpus": WORLD,
    "similarity": ("world",),
    "relations": "world",
    "lexicon": "world",
    "vectors": "trained:ppmi-svd,dim=6",
}


def spec(**fields) -> Spec:
    return make(**(SMALL | OWN | {"cosines": ("t0pos0a:t0neg0a",)} | fields))


def test_a_world_s_own_truth_is_what_its_tables_are_measured_by():
    found = yardsticks_of(spec())
    truth = world(WORLD)
    assert found.valence == truth.lexicon()
    assert found.relations is not None
    assert found.relations.words1 == truth.relations().words1
    assert found.similarity["similarity(world)"].words1 == truth.similarity().words1
    other = yardsticks_of(
        spec(similarity=("world:words=100,topics=4",), relations=None, lexicon=None)
    )
    assert (
        other.similarity["similarity(world)"].words1
        == world("world:words=100,topics=4").similarity().words1
    )
    assert other.relations is None
    assert other.valence == {}
    assert other.checksums().keys() == {"similarity"}


def test_the_vectors_of_a_world_are_trained_on_its_unlabelled_texts():
    made = task_of(spec()).vectors
    assert made is not None
    hidden = {
        word
        for word, kept_out in zip(world(WORLD).words, world(WORLD).hidden, strict=True)
        if kept_out
    }
    assert hidden & set(made.words)  # words that no training text shows
    assert made.dim == 6


def test_synonyms_and_antonyms_are_measured_at_every_seam_on_the_common_words():
    task = task_of(spec())
    panel, words = (
        task.panel,
        [
            word if row in task.panel.measured else ""
            for row, word in enumerate(task.vocabulary.words)
        ],
    )
    table = np.random.default_rng(0).normal(size=(len(words), 5)).astype(np.float32)
    values = dict(panel.values(panel.look(table, 0 * table), panel.start(table)))
    every = world(WORLD).relations()
    assert values["antonym_auc"] == related_auc(table, relate(words, every))
    assert values["polar_antonym_auc"] == related_auc(
        table, relate(words, every.polar(world(WORLD).lexicon()))
    )
    assert (
        0
        < values["polar_antonym_auc"].n
        < values["antonym_auc"].n
        <= values["antonym_auc"].total
        == len(every)
    )
    plain = task_of(spec(lexicon=None)).panel
    assert "antonym_auc" in plain.pairs
    assert "polar_antonym_auc" not in plain.pairs
    assert "antonym_auc" not in task_of(spec(relations=None)).panel.pairs


@pytest.mark.slow
def test_the_reference_is_that_of_the_vectors_whatever_the_regime(tmp_path):
    rows = sweep.run(
        [spec(regime=regime) for regime in ("random", "glove-frozen", "permuted")], results=tmp_path
    )
    seams = {row["step"] for row in rows}
    for regime, same in (("random", False), ("permuted", False), ("glove-frozen", True)):
        for measure in ("cka", "overlap_reference@10"):
            found = {
                row["step"]: row["value"]
                for row in rows
                if (row["regime"], row["measure"]) == (regime, measure)
            }
            assert found.keys() == seams
            assert all((value == pytest.approx(1)) == same for value in found.values())
    assert {row["measure"] for row in rows if row["stratum"] != "all"} >= {
        "lexicon@10",
        "drift",
        "delta_rank",
    }
    comparison(
        rows,
        records.read_cells(tmp_path),
        measures=("similarity(world)", "antonym_auc", "delta_rank", "drift"),
    )


@pytest.mark.slow
def test_tables_that_stay_on_their_device_have_the_rows_of_those_that_do_not(tmp_path, monkeypatch):
    cells = [spec(regime=regime) for regime in ("random", "glove-frozen")]
    rows = sweep.run(cells, results=tmp_path / "host")
    monkeypatch.setattr(group, "ON_HOST", ())
    monkeypatch.setattr(group, "seen", lambda params: pytest.fail("the tables came to the host"))
    others = sweep.run(cells, results=tmp_path / "device")
    keys = ("digest", "step", "split", "measure", "stratum", "n", "total")
    assert [[row[key] for key in keys] for row in others] == [
        [row[key] for key in keys] for row in rows
    ]
    for one, other in zip(rows, others, strict=True):
        for key in ("value", "low", "high"):
            assert other[key] == (
                one[key] if one[key] is None else pytest.approx(one[key], rel=1e-4, abs=1e-5)
            ), one


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        (
            "relations",
            "synonym\tcat\tdog\nantonym\tup\tdown\n",
            "0 synonym and 0 antonym pairs whose words are both measured",
        ),
        ("relations", "synonym\tcat\tdog\n", "some of both are needed"),
        (
            "lexicon",
            "t0pos0a\t1\nt1pos0a\t2\n",
            "has words of one polarity only, and both are needed",
        ),
        (
            "similarity",
            "cat\tdog\t1\nup\tdown\t2\n",
            "none of the 2 pairs of .* has both words in the vocabulary",
        ),
    ],
)
def test_files_that_measure_nothing_are_refused_before_training(
    tmp_path, monkeypatch, field, text, sentence
):
    monkeypatch.setattr(sweep, "run_group", lambda *_, **__: pytest.fail("trained all the same"))
    path = write(tmp_path / "given.tsv", text)
    with pytest.raises(InputError, match=sentence):
        sweep.run(
            [spec(**{field: (path,) if field == "similarity" else path})],
            results=tmp_path / "results",
        )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"relations": "wordnett"}, "did you mean 'wordnet'"),
        ({"lexicon": "vadr"}, "did you mean 'vader'"),
        ({"similarity": ("simlex",)}, "did you mean 'simlex999'"),
        ({"similarity": ("world", "world:words=100")}, "names two sets of pairs 'world'"),
        ({"relations": "world:word=3"}, "did you mean 'words'"),
        (
            {"corpus": "mr", "vectors": None, "dim": 4},
            "'world' means the corpus's own truth, but 'mr' is no world",
        ),
    ],
)
def test_wrong_names_are_refused_with_the_nearest(fields, sentence):
    with pytest.raises(InputError, match=sentence):
        yardsticks_of(spec(**fields))


def test_a_sweep_on_changed_yardsticks_is_refused(tmp_path):
    relations = tmp_path / "relations.tsv"
    pairs = [f"{'synonym' if same else 'antonym'}\t{a}\t{b}" for a, b, same in relation_lines()]
    scored = tmp_path / "scored.tsv"
    write(relations, "\n".join(pairs))
    write(scored, "t0pos0a\tt0neg0a\t1\nt1pos0a\tt0neg0a\t2\nt1pos0a\tt1neg0a\t3\n")
    given = spec(relations=str(relations), similarity=(str(scored),))
    before = yardsticks_of(given).checksums()
    assert task_of(given).checksums.items() >= before.items()
    assert before.keys() == {"similarity", "relations", "lexicon"}
    write(relations, "\n".join(pairs[1:]))
    assert yardsticks_of(given).checksums()["relations"] != before["relations"]
    write(
        relations,
        "\n".join(
            line.replace("synonym", "?").replace("antonym", "synonym").replace("?", "antonym")
            for line in pairs
        ),
    )
    assert yardsticks_of(given).checksums()["relations"] != before["relations"]
    write(scored, scored.read_text().replace("3", "4"))
    assert yardsticks_of(given).checksums()["similarity"] != before["similarity"]
    assert yardsticks_of(given).checksums()["lexicon"] == before["lexicon"]


def relation_lines() -> list[tuple[str, str, bool]]:
    every = world(WORLD).relations()
    return list(zip(every.words1, every.words2, every.synonyms.tolist(), strict=True))


@pytest.mark.slow
def test_in_a_world_of_known_truth_each_arm_holds_what_it_can_know(tmp_path):
    found = experiments.load(
        str(Path(experiments.__file__).parent.parent / "experiments" / "emergence_world.py")
    )
    rows = sweep.run(experiments.cells(found, seeds=2, settings=[], only=[]), results=tmp_path)
    last = max(row["step"] for row in rows if row["split"] == "words")

    def value(regime: str, measure: str) -> float:
        wanted = {"regime": regime, "measure": measure, "stratum": "all", "step": last}
        return float(
            np.mean(
                [
                    row["value"]
                    for row in rows
                    if all(row[key] == each for key, each in wanted.items())
                ]
            )
        )

    meaning = {
        regime: value(regime, "similarity(world)")
        for regime in ("random", "word2vec-frozen", "word2vec-tuned", "random-labels")
    }
    polarity = {regime: value(regime, "polarity") for regime in meaning}
    antonyms = {regime: value(regime, "polar_antonym_auc") for regime in meaning}
    assert meaning["word2vec-frozen"] > 0.8
    assert meaning["word2vec-tuned"] > 0.4
    assert max(abs(meaning[regime]) for regime in ("random", "random-labels")) < 0.15
    assert min(polarity["random"], polarity["word2vec-tuned"]) > 0.6
    assert max(abs(polarity[regime]) for regime in ("word2vec-frozen", "random-labels")) < 0.2
    assert min(antonyms["random"], antonyms["word2vec-tuned"]) > 0.9
    assert max(abs(antonyms[regime] - 0.5) for regime in ("word2vec-frozen", "random-labels")) < 0.1
    assert value("word2vec-frozen", "overlap_reference@10") > 0.9
    assert value("random", "overlap_reference@10") < 0.05
