"""The lexical resources of a spec: names and files, a world's own truth, and the mistakes
that are refused before training.
"""

from pathlib import Path

import numpy as np
import pytest
import small_corpus
from device_rows import agree, on_host_but_no_tables

from embexp import records, run
from embexp.errors import InputError
from embexp.evaluation.table import TableEvaluator
from embexp.grids import make
from embexp.measures import MeasuredTable, table_measures
from embexp.report.tables import comparison
from embexp.runner import experiments
from embexp.spec import Spec
from embexp.synthetic import make_world
from embexp.tasks import prepare_task
from embexp.tasks.resources import language_notice, resources_of
from embexp.vectors import registry
from embexp.words import Vectors

untrained = small_corpus.untrained
WORLD = "world:words=200,topics=4,texts=200,length=12"
SMALL = {
    "regime": "random",
    "encoder": "mean",
    "seed": 0,
    "epochs": 2,
    "batch_size": 32,
    "buckets": 2,
    "learning_rate": 0.03,
    "tracked_pairs": ("t0pos0a:t0neg0a",),
}
OWN = {
    "corpus": WORLD,
    "similarity": ("world",),
    "relations": "world",
    "lexicon": "world",
    "vectors": "trained:ppmi-svd,dim=6",
}


def spec_of(**fields) -> Spec:
    return make(**(SMALL | OWN | fields))


def test_a_world_s_own_truth_is_what_its_tables_are_measured_by():
    found, world = resources_of(spec_of()), make_world(WORLD)
    assert found.lexicon == {"world": world.lexicon()}
    assert found.relations["world"].words1 == world.relations().words1
    assert found.similarity["world"].words1 == world.similarity().words1
    named = "world:words=100,topics=4"
    other = resources_of(spec_of(similarity=(named,), relations=None, lexicon=None))
    assert other.similarity["world"].words1 == make_world(named).similarity().words1
    assert (other.relations, other.lexicon) == ({}, {})
    assert other.checksums().keys() == {"similarity"}


def test_the_vectors_of_a_world_are_trained_on_its_unlabelled_texts():
    vectors, world = prepare_task(spec_of()).vectors, make_world(WORLD)
    assert vectors is not None
    hidden = {word for word, out in zip(world.words, world.hidden, strict=True) if out}
    assert hidden & set(vectors.words)  # words that no training text shows
    assert vectors.dim == 6


def measures_of(spec: Spec) -> dict:
    """The values of a random table, as they are taken at each evaluation step."""
    task = prepare_task(spec)
    words = TableEvaluator(task, spec).words
    table = np.random.default_rng(0).normal(size=(len(task.vocabulary), 5)).astype(np.float32)
    return dict(table_measures(MeasuredTable(words, table, MeasuredTable(words, 0 * table))))


def test_relations_and_a_lexicon_add_the_measures_that_need_them():
    values, world = measures_of(spec_of()), make_world(WORLD)
    antonyms = {name for name in values if "antonym" in name}
    assert antonyms == {"antonym_auc(world)", "polar_antonym_auc(world)"}
    every = values["antonym_auc(world)"]
    assert 0 < values["polar_antonym_auc(world)"].n < every.n <= every.total
    assert every.total == len(world.relations())
    plain = measures_of(spec_of(lexicon=None))
    assert plain["antonym_auc(world)"] == every
    assert not [name for name in plain if "polar_antonym" in name or "lexicon" in name]
    assert not [name for name in measures_of(spec_of(relations=None)) if "antonym" in name]


@pytest.mark.slow
def test_the_reference_is_that_of_the_vectors_whatever_the_regime(tmp_path):
    specs = [spec_of(regime=regime) for regime in ("random", "frozen", "permuted")]
    rows = run(specs, results=tmp_path)
    steps = {row["step"] for row in rows}
    for regime, measure in (
        (r, m) for r in ("random", "permuted", "frozen") for m in ("cka", "overlap_reference@10")
    ):
        found = {
            row["step"]: row["value"]
            for row in rows
            if (row["regime"], row["measure"]) == (regime, measure)
        }
        assert found.keys() == steps
        same = regime == "frozen"
        assert all((value == pytest.approx(1)) == same for value in found.values())
    by_stratum = {row["measure"] for row in rows if row["stratum"] != "all"}
    assert by_stratum >= {"lexicon@10(world)", "drift", "delta_rank"}
    shown = ("similarity(world)", "antonym_auc(world)", "delta_rank", "drift")
    table = comparison(rows, records.read_runs(tmp_path), measures=shown)
    assert {each["measure"] for each in table.objects} == set(shown)


@pytest.mark.long
def test_tables_that_stay_on_their_device_have_the_rows_of_those_that_do_not(tmp_path, monkeypatch):
    specs = [spec_of(regime=regime) for regime in ("random", "frozen")]
    rows = run(specs, results=tmp_path / "host")
    monkeypatch.setattr("embexp.devices.ON_HOST", ())
    monkeypatch.setattr("embexp.evaluation.table.on_host", on_host_but_no_tables)
    others = run(specs, results=tmp_path / "device")
    agree(rows, others, relative=1e-4, absolute=1e-5)


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
    tmp_path, untrained, field, text, sentence
):
    (tmp_path / "given.tsv").write_text(text, encoding="utf-8")
    path = str(tmp_path / "given.tsv")
    spec = spec_of(**{field: (path,) if field == "similarity" else path})
    with pytest.raises(InputError, match=sentence):
        run(spec, results=tmp_path / "results")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"relations": "wordnett"}, "did you mean 'wordnet'"),
        ({"lexicon": "vadr"}, "did you mean 'vader'"),
        ({"similarity": ("simlex",)}, "did you mean 'simlex999'"),
        ({"similarity": ("world", "world:words=100")}, "similarity names two worlds"),
        ({"similarity": ("simlex999", "simlex999")}, "names two resources 'simlex999'"),
        ({"relations": "world:word=3"}, "did you mean 'words'"),
        (
            {"corpus": "mr", "vectors": None, "dim": 4},
            "'world' means the corpus's own truth, but 'mr' is no world",
        ),
    ],
)
def test_wrong_names_are_refused_with_the_nearest(fields, sentence):
    with pytest.raises(InputError, match=sentence):
        resources_of(spec_of(**fields))


CHINESE, KOREAN = {"很好": 5, "ok": 1, "房间": 3}, {"정말": 4}


@pytest.mark.parametrize(
    ("counts", "fields", "parts"),
    [
        (
            CHINESE,
            {},
            [
                "those of Chinese, but simlex999, vader are lists of English words",
                "tokenizer=dictionary:zh",
                """'similarity=["zh-wordsim240","zh-wordsim297"]'""",
                "lexicon=zh-hownet",
            ],
        ),
        (KOREAN, {"tokenizer": "characters"}, ["""'similarity=["ko-wordsim353"]' lexicon=ko-"""]),
        (CHINESE, {"lexicon": "zh-hownet", "similarity": ("zh-wordsim240",)}, []),
        (CHINESE, {"lexicon": None, "similarity": ("my.tsv",)}, []),
        ({"good": 3}, {}, []),
    ],
)
def test_english_lists_beside_texts_of_another_language_are_noticed(counts, fields, parts):
    usual = {"vectors": None, "dim": 4, "corpus": "x.csv", "relations": None}
    given = {"lexicon": "vader", "similarity": ("simlex999",), **fields}
    found = language_notice(spec_of(**usual, **given), counts)
    assert (found is None) == (not parts)
    assert all(part in (found or "") for part in parts)
    assert ("tokenizer=" in (found or "")) == (bool(parts) and "tokenizer" not in fields)


def test_the_checksum_of_a_resource_changes_with_its_content(tmp_path):
    every = make_world(WORLD).relations()
    kinds = ["synonym" if same else "antonym" for same in every.synonyms]
    pairs = [
        f"{kind}\t{a}\t{b}" for kind, a, b in zip(kinds, every.words1, every.words2, strict=True)
    ]
    relations, scored = tmp_path / "relations.tsv", tmp_path / "scored.tsv"
    scores = "t0pos0a\tt0neg0a\t1\nt1pos0a\tt0neg0a\t2\nt1pos0a\tt1neg0a\t3\n"
    spec = spec_of(relations=str(relations), similarity=(str(scored),))

    def checksums(pairs: list[str], scores: str) -> dict[str, str]:
        relations.write_text("\n".join(pairs), encoding="utf-8")
        scored.write_text(scores, encoding="utf-8")
        return resources_of(spec).checksums()

    before = checksums(pairs, scores)
    assert prepare_task(spec).checksums.items() >= before.items()
    assert before.keys() == {"similarity", "relations", "lexicon"}
    swapped = {"synonym": "antonym", "antonym": "synonym"}
    others = [line.replace(line[:7], swapped[line[:7]]) for line in pairs]
    assert checksums(pairs[1:], scores)["relations"] != before["relations"]
    assert checksums(others, scores)["relations"] != before["relations"]
    other = checksums(pairs, scores.replace("3", "4"))
    assert other["similarity"] != before["similarity"]
    assert (other["relations"], other["lexicon"]) == (before["relations"], before["lexicon"])


@pytest.mark.long
@pytest.mark.slow
def test_in_a_world_of_known_truth_each_arm_holds_what_it_can_know(tmp_path):
    path = Path(__file__).parents[1] / "experiments" / "emergence_world.py"
    specs = experiments.specs_of(experiments.load(str(path)), seeds=2)
    rows = run(specs, results=tmp_path)
    last = max(row["step"] for row in rows if row["split"] == "words")

    def mean(regime: str, measure: str) -> float:
        wanted = {"regime": regime, "measure": measure, "stratum": "all", "step": last}
        return float(np.mean([row["value"] for row in rows if {**row, **wanted} == row]))

    regimes = ("random", "frozen", "tuned", "random-labels")
    meaning = {regime: mean(regime, "similarity(world)") for regime in regimes}
    polarity = {regime: mean(regime, "polarity") for regime in regimes}
    antonyms = {regime: mean(regime, "polar_antonym_auc(world)") for regime in regimes}
    assert meaning["frozen"] > 0.8
    assert meaning["tuned"] > 0.4
    assert max(abs(meaning[regime]) for regime in ("random", "random-labels")) < 0.15
    assert min(polarity["random"], polarity["tuned"]) > 0.6
    assert max(abs(polarity[regime]) for regime in ("frozen", "random-labels")) < 0.2
    assert min(antonyms["random"], antonyms["tuned"]) > 0.9
    assert max(abs(antonyms[regime] - 0.5) for regime in ("frozen", "random-labels")) < 0.1
    assert mean("frozen", "overlap_reference@10") > 0.9
    assert mean("random", "overlap_reference@10") < 0.05


def test_vectors_that_change_before_their_checksum_are_refused(tmp_path, monkeypatch):
    """Else a run would name the checksum of other numbers than it started from."""
    path, read = tmp_path / "own.vec", registry.load_vectors
    words = list(make_world(WORLD).words)
    Vectors(words, np.ones((len(words), 6), np.float32)).write(path)
    spec = spec_of(vectors=str(path))
    assert prepare_task(spec).checksums["vectors"] == registry.checksum(path)

    def change(*given, **named):
        found = read(*given, **named)
        Vectors(words, np.zeros((len(words), 6), np.float32)).write(path)
        return found

    monkeypatch.setattr(registry, "load_vectors", change)
    with pytest.raises(InputError, match=r"own\.vec was changed while it was read"):
        prepare_task(spec)
