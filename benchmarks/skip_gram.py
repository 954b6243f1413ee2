"""Claim: our skip-gram trains at least 3 times as many words a second as gensim's.

From file to file it takes half the time at most. WordSim-353 and SimLex-999 lie inside
gensim's interval over seeds or at most .02 below its mean, at two rates, and nothing
diverges at a rate of .1.

    EMBEXP_DATA=… python benchmarks/skip_gram.py

Some ten minutes on two idle cores, on 20 MB of Wikipedia. gensim runs with a worker for
each core; both sides read the file with `embexp.data.tokenize`, once, and our time from
file to file includes compiling.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import jax
from trained import PAIRS, Arm, Clock, interval, options, ratio, sample

from embexp.data.tokens import tokenize
from embexp.devices import cores, prepare
from embexp.measures.pairs import WordPairs, similarity_pairs
from embexp.measures.semantic import similarity
from embexp.vectors import skipgram
from embexp.vectors.chunks import ChunkSampler
from embexp.vectors.settings import SkipGram
from embexp.vectors.text import Text, read_text
from embexp.words import Vectors

COMMON = ("king", "three", "music", "war", "good", "river", "computer", "london", "red", "mother")


def ours(corpus: Path, out: Path, settings: SkipGram) -> tuple[Vectors, float, float]:
    """Our skip-gram: vectors, seconds of training, and seconds from file to file.

    The last include compiling.
    """
    jax.clear_caches()
    clock = Clock()
    text = read_text(corpus)
    sampler = ChunkSampler(text, settings)
    tables = skipgram.initial(len(text.words), settings)  # to time compiling apart
    spans = sampler.rounds()[0]
    jax.block_until_ready(
        skipgram.side_by_side(
            tables, sampler, spans, [sampler.chunk(span)._replace(steps=0) for span in spans]
        )
    )
    before = clock.lap()
    vectors = skipgram.train(text, settings)
    training = clock.lap()
    vectors.write(out)
    return vectors, training, before + training + clock.lap()


def gensims(corpus: Path, out: Path, settings: SkipGram) -> tuple[Vectors, float, float]:
    """The same by gensim alone."""
    from gensim.models import Word2Vec

    clock = Clock()
    with corpus.open(encoding="utf-8", errors="replace") as lines:
        sentences = [tokenize(line) for line in lines]
    model = Word2Vec(
        vector_size=settings.dim,
        window=settings.window,
        negative=settings.negatives,
        sample=settings.sample,
        alpha=settings.learning_rate,
        seed=settings.seed + 1,
        min_count=5,
        sg=1,
        workers=cores(),
    )
    model.build_vocab(sentences)
    before = clock.lap()
    model.train(sentences, total_examples=model.corpus_count, epochs=settings.epochs)
    training = clock.lap()
    model.wv.save_word2vec_format(str(out))
    whole = before + training + clock.lap()
    return Vectors(list(map(str, model.wv.index_to_key)), model.wv.vectors), training, whole


def compare(
    corpus: Path,
    text: Text,
    rates: Sequence[float],
    seeds: int,
    epochs: int,
    pairs: Sequence[WordPairs],
) -> None:
    """Prints both sides' speed and scores at each rate, and the neighbours of common words."""
    words, vectors = len(text) * epochs, None
    for rate in rates:
        arms = {"embexp": Arm(), "gensim": Arm()}
        for seed in range(seeds):
            settings = SkipGram(learning_rate=rate, epochs=epochs, seed=seed)
            vectors, training, whole = ours(corpus, corpus.with_suffix(".vec"), settings)
            arms["embexp"].add(vectors, pairs, training, whole)
            theirs, training, whole = gensims(corpus, corpus.with_suffix(".vec"), settings)
            arms["gensim"].add(theirs, pairs, training, whole)
        print(
            f"\n## skip-gram, rate {rate}, {epochs} epochs of {len(text):,} tokens, "
            f"{len(text.words):,} words × 100, {seeds} seeds\n"
        )
        print(
            "| | words/s | from file to file, s | WordSim-353 | SimLex-999 |\n|---|---|---|---|---|"
        )
        for name, arm in arms.items():
            scores = " | ".join(interval(arm.scores[each]) for each in PAIRS)
            speed = f"{words / median(arm.training):,.0f}"
            print(f"| {name} | {speed} | {median(arm.whole):.1f} | {scores} |")
        a, b = arms.values()
        print(
            f"\ntraining {ratio(a.training, b.training)} gensim's speed, "
            f"file to file {ratio(a.whole, b.whole)}",
            flush=True,
        )
    if vectors is not None:
        print("\nNeighbours at the last rate:\n")
        for word in filter(vectors.__contains__, COMMON):
            print(f"- {word}: {', '.join(near for near, _ in vectors.neighbors(word, 6))}")
    steep = skipgram.train(text, SkipGram(learning_rate=0.1, epochs=epochs))
    found = ", ".join(f"{each.name} {similarity(steep, each).value:.3f}" for each in pairs)
    print(f"\nAt rate 0.1 it stays finite: {found}", flush=True)


def main() -> None:
    """Runs the comparison and prints it as Markdown."""
    parser = options(__doc__, seeds=3, epochs=3)
    parser.add_argument("--rates", type=float, nargs="*", default=[0.025, 0.05])
    given = parser.parse_args()
    prepare()
    pairs = [similarity_pairs(name) for name in PAIRS]
    with tempfile.TemporaryDirectory() as name:
        corpus = sample(Path(name), given.megabytes)
        compare(corpus, read_text(corpus), given.rates, given.seeds, given.epochs, pairs)


if __name__ == "__main__":
    main()
