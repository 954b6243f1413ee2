"""`embexp vectors train`: a text file or a named corpus into a file of word vectors,
with the time left and a state to go on from.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from embexp.cli.options import Whole
from embexp.errors import InputError

Method = Literal["skipgram", "cbow", "fasttext", "glove", "ppmi-svd"]


def train(
    corpus: str,
    *,
    out: Path = Path("vectors.txt"),
    method: Method = "skipgram",
    engine: Literal["jax", "gensim", "scipy"] | None = None,
    dim: Annotated[int, Whole] = 100,
    window: Annotated[int | None, Whole] = None,
    epochs: Annotated[int | None, Whole] = None,
    rate: float | None = None,
    seed: Annotated[int, Whole] = 0,
    min_count: Annotated[int, Whole] = 5,
    max_words: Annotated[int | None, Whole] = None,
    tokens: Literal["words", "spaces"] = "words",
    text: str | None = None,
    header: bool = True,
    workers: Annotated[int, Whole] = 1,
    set: Annotated[list[str], Parameter(consume_multiple=True, negative=())] = [],
    checkpoint: Path | None = None,
) -> None:
    """Train word vectors on a text file or a named corpus.

    A training that was stopped goes on from its last state (one a minute; ppmi-svd
    keeps none) when the same command is given again.

    Parameters
    ----------
    corpus
        A plain text file, one text a line (also .gz, .bz2, .xz), a CSV, TSV, JSON lines
        or Parquet file, or a data set's name.
    out
        The file to write; its suffix says the format: .txt, .vec, .bin, each also with
        .gz, .bz2, .xz.
    method
        How vectors are made.
    engine
        What computes them: jax or gensim for skipgram.
    dim
        The length of a vector.
    window
        Words on each side of a word; by default 5, of glove 10.
    epochs
        How often the text is gone through; by default 5, of glove 15.
    rate
        The learning rate at the start; by default 0.025, of glove 0.05.
    seed
        The same seed gives the same vectors.
    min_count
        Rarer words get no vector.
    max_words
        The most frequent words only.
    tokens
        How a text becomes words: words lower-cases and drops punctuation, spaces only
            splits.
    text
        The column of the texts, by name, or by number counted from 0 with --no-header.
    header
        Whether the first line names the columns.
    workers
        Threads of gensim; with more than one the vectors differ each time.
    set
        Other settings of the method, such as negatives=10 sample=1e-4 x_max=100
        shift=5.
    checkpoint
        Where the state is kept while training; by default in a folder beside the
        output, removed in the end.
    """
    from embexp import formats
    from embexp.progress import console, counting
    from embexp.vectors.checkpoint import Checkpoint
    from embexp.vectors.train import settings_of, train_vectors

    kind = formats.suffix_format(out)  # refused now, not after hours
    if not out.parent.is_dir():
        raise InputError(
            f"there is no folder {str(out.parent)!r} to write {out.name!r} to; make it first"
        )
    given = {"dim": dim, "window": window, "epochs": epochs, "rate": rate, "seed": seed}
    settings: dict[str, Any] = {
        name: value for name, value in given.items() if value is not None
    } | dict(map(setting, set))
    settings_of(method, settings)
    folder = checkpoint or out.with_name(f"{out.name}.checkpoint")
    with counting(f"{method}", 100) as show:

        def progress(share: float, running: str) -> None:
            show(round(100 * share), f"{method}, {running}")

        options: dict[str, Any] = {
            "engine": engine,
            "workers": workers,
            "tokens": tokens,
            "min_count": min_count,
            "max_words": max_words,
        }
        column = int(text) if text is not None and not header and text.isdecimal() else text
        vectors = train_vectors(
            corpus,
            method,
            checkpoint=folder,
            progress=progress,
            column=column,
            header=header,
            **options,
            **settings,
        )
    vectors.write(out)
    Checkpoint(folder, {}).clear()
    if vectors.subwords is not None and not formats.FORMATS[kind].subwords:
        left_out = (
            f"the vectors of n-grams are left out: {kind} cannot hold them; .fasttext.bin can"
        )
        console.print(left_out, highlight=False, markup=False, soft_wrap=True)
    console.print(
        f"{len(vectors)} words × {vectors.dim}: {out}",
        style="dim",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def setting(text: str) -> tuple[str, int | float]:
    """`name=number` as a setting's name and its value."""
    name, equals, value = text.partition("=")
    for number in (int, float):
        try:
            return name, number(value)
        except ValueError:
            continue
    raise InputError(
        f"--set {text!r} is not of the form name=number"
        + ("" if equals else ", such as negatives=10")
    )
