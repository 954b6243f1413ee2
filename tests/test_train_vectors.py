"""The one door to all methods, and the command that opens it."""

import gzip
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from embexp.cli.train import train
from embexp.errors import InputError
from embexp.vectors import gensim_backend
from embexp.vectors.align import align
from embexp.vectors.text import read_text
from embexp.vectors.train import ENGINES, METHODS, train_vectors
from embexp.words import Vectors, Vocabulary

LINES = [
    "the cat and the dog",
    "a dog and a cat",
    "the red car and the red bus",
    "a bus and a car",
] * 20
SMALL = {"min_count": 1, "dim": 4, "window": 2}


@pytest.mark.parametrize(
    ("method", "engine"),
    [(method, engine) for method, engines in ENGINES.items() for engine in engines],
)
def test_every_method_gives_a_row_to_every_word_and_the_same_for_a_seed(method, engine):
    vectors = train_vectors(LINES, method, engine=engine, seed=3, **SMALL)
    assert vectors.words == read_text(LINES, min_count=1).words
    assert vectors.dim == 4
    assert (
        vectors.table
        == train_vectors(
            read_text(LINES, min_count=1), method, engine=engine, seed=3, **SMALL
        ).table
    ).all()


def test_gensims_vectors_equal_those_of_gensim_alone():
    """One epoch at a time with the rate carried over is what gensim does in one call."""
    from gensim.models import Word2Vec

    text = read_text(LINES, min_count=1)
    ours = train_vectors(text, "skipgram", engine="gensim", dim=4, window=2, epochs=1, seed=4)
    model = Word2Vec(vector_size=4, window=2, min_count=1, sg=1, seed=5, workers=1, sample=1e-3)
    model.build_vocab_from_freq(dict(zip(text.words, text.counts.tolist(), strict=True)))
    sentences = [[text.words[i] for i in part] for part in np.split(text.ids, text.ends[:-1])]
    model.train(sentences, total_words=len(text), epochs=1, start_alpha=0.025, end_alpha=0.025e-4)
    np.testing.assert_array_equal(ours.table, np.stack([model.wv[word] for word in text.words]))


def test_fasttext_gives_words_it_never_saw_the_vectors_that_gensim_gives_them(monkeypatch):
    made = []
    model = gensim_backend._model
    monkeypatch.setattr(
        gensim_backend, "_model", lambda *given: made.append(model(*given)) or made[-1]
    )
    vectors = train_vectors(LINES, "fasttext", **SMALL)
    composed = vectors.subwords.vector("buses")
    assert "buses" not in vectors
    np.testing.assert_allclose(composed, made[0].wv["buses"], rtol=1e-5)
    table, coverage = align(
        Vocabulary.build([["buses", "bus"]]),
        vectors,
        oov="subword",
        rng=np.random.default_rng(0),
    )
    assert coverage.types == 1
    assert (table == composed).all(axis=1).sum() == 1
    assert train_vectors(LINES, "cbow", **SMALL).subwords is None


def test_the_command_writes_what_the_function_gives(tmp_path):
    (tmp_path / "corpus.txt.gz").write_bytes(gzip.compress("\n".join(LINES).encode()))
    out = tmp_path / "out.vec"
    train(
        str(tmp_path / "corpus.txt.gz"),
        out=out,
        dim=4,
        window=2,
        min_count=1,
        epochs=2,
        set=["negatives=3", "sample=1e-2"],
    )
    expected = train_vectors(
        LINES, dim=4, window=2, min_count=1, epochs=2, negatives=3, sample=1e-2
    )
    found = Vectors.read(out)
    assert found.words == expected.words
    assert (found.table == expected.table).all()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.txt.gz", "out.vec"]


def test_settings_by_their_former_names_still_work_and_say_what_to_write():
    new = train_vectors(LINES, "glove", learning_rate=0.02, batch_size=8, epochs=1, **SMALL)
    with pytest.warns(FutureWarning, match="is now written") as said:
        old = train_vectors(LINES, "glove", rate=0.02, batch=8, epochs=1, **SMALL)
    assert sorted(str(each.message) for each in said) == [
        "batch=8 is now written batch_size=8",
        "rate=0.02 is now written learning_rate=0.02",
    ]
    np.testing.assert_array_equal(old.table, new.table)


def test_mistakes_are_refused_before_anything_is_read(tmp_path):
    for options, said in [
        ({"method": "glov"}, "did you mean 'glove'"),
        ({"method": "glove", "engine": "gensim"}, "glove is not computed by 'gensim'; give jax"),
        ({"method": "glove", "negatives": 5}, "unknown setting of glove 'negatives'"),
        ({"dim": 2.5}, r"dim is 2\.5; .* valid integer"),
        ({"learning_rate": "fast"}, "learning_rate is 'fast'; .* valid number"),
        ({"learning_rate": -1}, "learning_rate is -1; .* greater than 0"),
        ({"workers": 2}, "only gensim takes it"),
    ]:
        with pytest.raises(InputError, match=said):
            train_vectors(tmp_path / "missing.txt", **options)
    with pytest.raises(InputError, match="tells no vector format"):
        train("missing.txt", out=tmp_path / "out.doc")
    with pytest.raises(InputError, match="no folder"):
        train("missing.txt", out=tmp_path / "none" / "out.txt")
    with pytest.raises(InputError, match="unknown setting of skipgram 'min_count'"):
        train("missing.txt", out=tmp_path / "out.txt", set=["min_count=2"])
    with pytest.raises(InputError, match="name=number"):
        train("missing.txt", out=tmp_path / "out.txt", set=["negatives"])
    assert set(METHODS) == set(ENGINES)


PROGRAM = """
import sys
from embexp.vectors import checkpoint, chunks
from embexp.vectors.train import train_vectors
chunks.CHUNK = 1024
checkpoint.EVERY = 0.0
settings = {"dim": 8, "min_count": 1, "epochs": 60}
found = train_vectors(sys.argv[1], checkpoint=sys.argv[2] or None, **settings)
print(found.table.tobytes().hex())
"""


@pytest.mark.slow
def test_a_killed_process_goes_on_and_ends_bit_equal(tmp_path):
    (tmp_path / "corpus.txt").write_text("\n".join(LINES * 8))
    state = tmp_path / "state" / "state.npz"

    def started(folder):
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, tmp_path / "corpus.txt", folder], stdout=subprocess.PIPE
        )

    with started(state.parent) as process:
        while not state.exists():
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    with started(state.parent) as resumed, started("") as whole:
        assert resumed.communicate()[0] == whole.communicate()[0] != b""
