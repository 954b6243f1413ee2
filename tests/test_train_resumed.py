"""A training that was interrupted goes on from its checkpoint and ends bit-equal."""

import numpy as np
import pytest
from two_topics import sentences

from embexp.errors import InputError
from embexp.vectors import checkpoint, chunks, gensim_backend, glove, skipgram
from embexp.vectors.settings import GloVe, SkipGram
from embexp.vectors.text import read_text


@pytest.fixture(scope="module")
def text():
    return read_text(sentences(np.random.default_rng(0)), min_count=1)


class KilledError(Exception):
    pass


def killed(at):
    calls = iter(range(10**6))

    def progress(done, running):
        if next(calls) == at:
            raise KilledError

    return progress


@pytest.mark.parametrize("engine", ["jax", "gensim"])
def test_an_interrupted_skipgram_ends_bit_equal(text, tmp_path, monkeypatch, engine):
    monkeypatch.setattr(chunks, "CHUNK", 1024)
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    settings = SkipGram(dim=8, epochs=3, sample=0.01)
    train = {
        "jax": skipgram.train,
        "gensim": lambda text, settings, **state: gensim_backend.train(
            text, "skipgram", settings, **state
        ),
    }[engine]
    whole = train(text, settings)
    at = 2 if engine == "gensim" else 6
    with pytest.raises(KilledError):
        train(text, settings, checkpoint=tmp_path, progress=killed(at))
    seen = []
    resumed = train(
        text, settings, checkpoint=tmp_path, progress=lambda done, running: seen.append(done)
    )
    assert 0 < seen[0] < 1
    assert (whole.table == resumed.table).all()
    assert (whole.table != train(text, SkipGram(dim=8, epochs=3, sample=0.01, seed=1)).table).any()
    with pytest.raises(InputError, match=r"another training \(its epochs is 3, here 4\)"):
        train(text, SkipGram(dim=8, epochs=4, sample=0.01), checkpoint=tmp_path)
    (tmp_path / "state.npz").write_bytes(b"no zip")
    with pytest.raises(InputError, match="no sound checkpoint"):
        train(text, settings, checkpoint=tmp_path)


def test_an_interrupted_glove_ends_bit_equal(text, tmp_path, monkeypatch):
    monkeypatch.setattr(glove, "ENTRIES", 16)
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    numbers = GloVe(dim=6, epochs=3, batch_size=8, window=4)
    whole = glove.train(text, numbers)

    class KilledError(Exception):
        pass

    def progress(done, running):
        if done > 0.6:
            raise KilledError

    with pytest.raises(KilledError):
        glove.train(text, numbers, checkpoint=tmp_path, progress=progress)
    seen = []
    resumed = glove.train(
        text,
        numbers,
        checkpoint=tmp_path,
        progress=lambda done, running: seen.append((done, running)),
    )
    assert (whole.table == resumed.table).all()
    assert min(done for done, running in seen if running.startswith("epoch")) > 0.4
