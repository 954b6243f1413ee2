"""A corpus as ids with a vocabulary that is closed, or open to words that training does
not show; open rows are never trained.
"""

import numpy as np
import pytest

from embexp.errors import InputError
from embexp.grids import make
from embexp.runner import run_group
from embexp.runner.group import make_group
from embexp.tasks import prepare_task
from embexp.tasks.encoded import encode_corpus, truncated
from embexp.tasks.resources import resources_of
from embexp.tasks.subsets import subset
from embexp.words import Vectors

SMALL = {"batch_size": 4, "buckets": 2, "epochs": 2, "learning_rate": 0.05, "lexicon": None}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Splits of which the later ones have words of their own, with vectors and word pairs.

    `once` stands in training a single time.
    """
    folder = tmp_path_factory.mktemp("open")
    splits = {
        "train": ["good film,1", "bad film,0"] * 6 + ["once good,1"],
        "validation": ["good movie,1", "bad movie,0"],
        "test": ["nice once,1", "bad talkie,0"],
    }
    for name, lines in splits.items():
        text = "text,label\n" + "\n".join(lines) + "\n"
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    beside = tmp_path_factory.mktemp("beside")
    words = ["good", "bad", "film", "movie", "nice", "talkie", "himalaya", "alps"]
    table = np.random.default_rng(0).normal(size=(len(words), 5))
    Vectors(words, table).write(beside / "vectors.txt")
    pairs = "film\tmovie\t9\nalps\thimalaya\t8\nonce\tbad\t1\n"
    (beside / "pairs.tsv").write_text(pairs, encoding="utf-8")
    return {
        "corpus": str(folder),
        "vectors": str(beside / "vectors.txt"),
        "similarity": (str(beside / "pairs.tsv"),),
        "tracked_pairs": ("alps:nowhere",),
    }


def spec_of(files, vocabulary: str = "training", **fields):
    arm = {"regime": "tuned", "encoder": "mean", "seed": 0}
    return make(**{**SMALL, **arm, **files, "min_count": 2, "vocabulary": vocabulary, **fields})


def encoded(spec):
    return encode_corpus(spec, resources_of(spec))


def test_an_open_vocabulary_adds_the_words_that_training_does_not_show(files):
    closed, opened = (encoded(spec_of(files, name)).vocabulary for name in ("training", "open"))
    assert closed.words == ["<pad>", "<unk>", "film", "good", "bad"]
    others = ["movie", "nice", "talkie", "alps", "himalaya", "nowhere"]  # not the rare `once`
    assert opened.words == [*closed.words, *others]
    assert opened.counts.tolist() == [*closed.counts, 0, 0, 0, 0, 0, 0]
    wide = encoded(spec_of(files, "open", min_count=1)).vocabulary
    assert "once" in wide
    assert wide.counts[wide.index["once"]] == 1


def test_open_rows_are_measured_and_no_training_moves_them(files):
    spec = spec_of(files, "open")
    (result,) = run_group(make_group([spec], prepare_task(spec)))
    assert result.error is None
    last = {name: value for _, split, name, value in result.values if split == "words"}
    pairs, moved = last["similarity(pairs)"], last["top1_share"]
    assert (pairs.n, pairs.total) == (2, 3)
    assert (moved.n, moved.total) == (3, 9)  # good, bad and film


def test_an_open_vocabulary_serves_taggers_too(tmp_path):
    splits = {
        "train": ["anna N", "walks O"] * 4,
        "dev": ["bob N", "walks O"],
        "test": ["eve N", "runs O"],
    }
    for split, lines in splits.items():
        (tmp_path / f"{split}.conll").write_text("\n".join([*lines, "", ""]), encoding="utf-8")
    spec = make(
        corpus=str(tmp_path),
        head="tags",
        vocabulary="open",
        regime="random",
        encoder="lstm",
        seed=0,
        vectors=None,
        dim=4,
    )
    vocabulary = encoded(spec).vocabulary
    assert {"bob", "eve", "runs"} <= set(vocabulary.words)
    assert vocabulary.counts[vocabulary.index["eve"]] == 0


@pytest.mark.parametrize(
    ("truncation", "expected"), [("post", ["good", "film"]), ("pre", ["film", "bad"])]
)
def test_long_texts_are_cut_at_either_end_or_all_filled_up_in_front(tmp_path, truncation, expected):
    for split in ("train", "validation", "test"):
        text = "text,label\n" + "good film bad,1\nfilm,0\n" * 5
        (tmp_path / f"{split}.csv").write_text(text, encoding="utf-8")
    own = {"corpus": str(tmp_path), "vectors": None, "dim": 3, "similarity": (), "regime": "random"}
    whole = encoded(spec_of(own))
    spec = spec_of(own, max_length=2, truncation=truncation)
    cut = encoded(spec).ids["train"]
    filled = truncated(
        spec.model_copy(update={"padding": "pre", "max_length": 4}), whole.ids["train"]
    )

    def words(ids, text: int) -> list[str]:
        row = ids.flat[ids.offsets[text] : ids.offsets[text + 1]]
        return [whole.vocabulary.words[each] for each in row]

    three, one = (whole.ids["train"].lengths.tolist().index(length) for length in (3, 1))
    assert words(cut, three) == expected
    assert words(cut, one) == ["film"]
    assert set(filled.lengths) == {4}
    assert words(filled, three) == ["<pad>", "good", "film", "bad"]
    assert words(filled, one) == ["<pad>"] * 3 + ["film"]


def test_a_smaller_draw_of_training_texts_lies_within_a_larger_one_and_is_no_seed_s_own(files):
    drawn = {
        count: set(subset(13, spec_of(files, train_texts=count, seed=count)).tolist())
        for count in (4, 9, 13)
    }
    assert [len(each) for each in drawn.values()] == [4, 9, 13]
    assert drawn[4] < drawn[9] < drawn[13]
    assert len(encoded(spec_of(files, train_texts=9)).labels["train"]) == 9
    with pytest.raises(InputError, match=r"14 training texts are asked for .*train_texts.* has 13"):
        encoded(spec_of(files, train_texts=14))
