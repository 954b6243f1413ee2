"""The command `embexp vectors train`."""

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from embexp.cli.options import Many, Whole, column
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
    learning_rate: Annotated[float | None, Parameter(alias="--rate")] = None,
    seed: Annotated[int, Whole] = 0,
    min_count: Annotated[int, Whole] = 5,
    max_words: Annotated[int | None, Whole] = None,
    tokenizer: Annotated[Literal["words", "spaces"], Parameter(alias="--tokens")] = "words",
    text: str | None = None,
    header: bool = True,
    workers: Annotated[int, Whole] = 1,
    set: Annotated[list[str], Many] = [],
    checkpoint: Path | None = None,
) -> None:
    """Train word vectors on a text file or a named corpus.

    Training that was stopped is resumed from its last state (one a minute; ppmi-svd
    saves none) when the command is repeated.

    Parameters
    ----------
    corpus
        A plain text file, one text a line (also .gz, .bz2, .xz), a CSV, TSV, JSON lines
        or Parquet file, or a data set's name.
    out
        The file to write; its suffix stands for the format: .txt, .vec, .bin, each also
        with .gz, .bz2, .xz.
    method
        How vectors are trained.
    engine
        What computes them: jax or gensim for skipgram.
    dim
        The length of a vector.
    window
        Words on each side of a word; by default 5, for glove 10.
    epochs
        Passes over the text; by default 5, for glove 15.
    learning_rate
        The learning rate at the start; by default 0.025, for glove 0.05.
    seed
        The same seed gives the same vectors.
    min_count
        Rarer words get no vector.
    max_words
        Only this many words, the most frequent ones, get a vector.
    tokenizer
        How a text is split: words lower-cases and drops punctuation, spaces only splits.
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
        The folder for the state while training; by default one beside the output, which
        is removed in the end.
    """
    from embexp import formats
    from embexp.progress import counting, tell
    from embexp.vectors.checkpoint import Checkpoint
    from embexp.vectors.settings import assignment
    from embexp.vectors.train import settings_of, train_vectors

    kind = formats.suffix_format(out)  # refused now, not after hours
    if not out.parent.is_dir():
        raise InputError(
            f"there is no folder {str(out.parent)!r} to write {out.name!r} to; make it first"
        )
    optional = {"window": window, "epochs": epochs, "learning_rate": learning_rate}
    settings: dict[str, Any] = {"dim": dim, "seed": seed}
    settings |= {name: value for name, value in optional.items() if value is not None}
    settings |= dict(map(assignment, set))
    settings_of(method, settings)
    folder = checkpoint or out.with_name(f"{out.name}.checkpoint")
    with counting(method, 100) as show:

        def progress(share: float, running: str) -> None:
            show(round(100 * share), f"{method}, {running}")

        vectors = train_vectors(
            corpus,
            method,
            engine=engine,
            workers=workers,
            checkpoint=folder,
            progress=progress,
            column=column(text, header),
            header=header,
            tokenizer=tokenizer,
            min_count=min_count,
            max_words=max_words,
            **settings,
        )
    vectors.write(out)
    Checkpoint(folder, {}).clear()
    if vectors.subwords is not None and not formats.FORMATS[kind].subwords:
        tell(f"the vectors of n-grams are left out: {kind} cannot hold them; .fasttext.bin can")
    tell(f"{len(vectors)} words × {vectors.dim}: {out}")
