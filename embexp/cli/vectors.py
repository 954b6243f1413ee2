"""The commands `embexp vectors`: look at vector files, turn them into other formats,
fetch them, and work with their words.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from embexp.cli.options import Format, Many, On, Whole, whole
from embexp.errors import InputError

if TYPE_CHECKING:
    from embexp.words import Vectors


Count = Parameter(name=("-k", "--k"), converter=whole)
Terms = Parameter(allow_leading_hyphen=True, negative=())

vectors = App(
    name="vectors",
    help="Word vectors: what a file holds, other formats, neighbours, fetching by name.",
)
cache = App(name="cache", help="Tables that are kept so that large files are read but once.")
vectors.command(cache)


@vectors.command
def info(
    files: Annotated[list[str], Parameter(negative=())],
    *,
    corpus: str | None = None,
    vocabulary: Path | None = None,
    format: Format | None = None,
) -> None:
    """Say what vector files hold: format, shape, lengths, what was mended, and what they cover.

    Parameters
    ----------
    files
        Vector files in any format, or names (see `embexp data list`).
    corpus
        A plain text file or a data set whose words are looked up.
    vocabulary
        A file of words to look up, one a line, with counts behind a tab or without.
    format
        How the table is printed; by default for the eye.
    """
    from embexp.progress import saying
    from embexp.vectors import inspect

    counted = {}
    if corpus is not None:
        counted[corpus] = inspect.count_corpus(corpus)
    if vocabulary is not None:
        counted[str(vocabulary)] = inspect.count_vocabulary(vocabulary)
    objects = []
    for file in files:
        with saying(f"reading {file}"):
            facts, words = inspect.describe(file)
        for name, counts in counted.items():
            facts[f"coverage of {name}"] = inspect.coverage(words, counts)._asdict()
        objects.append(facts)
    lines = [(fact, *(_shown(facts[fact]) for facts in objects)) for fact in objects[0]]
    _print("Vector files", ("", *(Path(file).name for file in files)), lines, objects, format)


@vectors.command
def convert(
    source: str,
    target: Path,
    *,
    format: str | None = None,
    words: Path | None = None,
    limit: Annotated[int | None, Whole] = None,
) -> None:
    """Write vectors in another format: `embexp vectors convert
    glove.6B.zip/glove.6B.100d.txt glove.safetensors`.

    Parameters
    ----------
    source
        A vector file in any format, or a name.
    target
        The new file; its suffix says its format (.vec, .txt, .bin, .fasttext.bin,
        .safetensors, .npz, .parquet; with .gz, .bz2, .xz, .zip).
    format
        The new file's format, where its suffix does not say it: word2vec, glove,
        word2vec-binary, fasttext-binary, safetensors, …
    words
        A file of the words to keep, one a line.
    limit
        Keep the first words only.
    """
    from embexp import formats
    from embexp.progress import console, saying
    from embexp.vectors.inspect import count_vocabulary
    from embexp.vectors.named import load_vectors
    from embexp.words import Vectors

    kind = format or formats.suffix_format(target)
    if limit is not None and limit < 1:
        raise InputError(f"--limit {limit} leaves no words; give 1 or more")
    with saying(f"reading {source}"):
        found = load_vectors(source, None if words is None else count_vocabulary(words))
    if limit is not None:
        found = Vectors(found.words[:limit], found.table[:limit], found.subwords)
    with saying(f"writing {target}"):
        found.write(target, format=kind)
    print(f"{target}: {kind}, {len(found)} words × {found.dim}")
    if found.subwords is not None and not formats.FORMATS[kind].subwords:
        console.print(
            f"the vectors of n-grams are left out: {kind} cannot hold them",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


@vectors.command
def export(
    results: str,
    target: Path,
    *,
    only: Annotated[list[str], Many] = [],
    before: Annotated[bool, On] = False,
    format: str | None = None,
) -> None:
    """Write the vectors that a cell of a sweep has learned: `embexp vectors export
    runs/mine learned.vec --only regime=random seed=0`.

    Parameters
    ----------
    results
        A folder of results that was made with --keep-models, or its name in runs/ or
        results/.
    target
        The new file; its suffix says its format, as for `convert`.
    only
        Which cell: values of its settings, such as regime=glove-tuned seed=0.
    before
        The vectors before training in place of the learned ones.
    format
        The new file's format, where its suffix does not say it.
    """
    from embexp import experiments, formats, records
    from embexp.cli.reports import folder_of
    from embexp.spec import make
    from embexp.sweep import trained

    kind, folder = format or formats.suffix_format(target), folder_of(results)
    cells = [
        make(**cell["spec"])
        for cell in records.read_cells(folder).values()
        if cell["error"] is None
    ]
    chosen = experiments.select(cells, only)
    if len(chosen) != 1:
        raise InputError(
            f"{len(chosen)} cells of {folder} fit --only {' '.join(only)}; name one: {'; '.join(cell.arm for cell in chosen[:4])}"
        )
    model = trained(chosen[0], results=folder)
    found = model.start if before else model.vectors
    found.write(target, format=kind)
    print(f"{target}: {kind}, {len(found)} words × {found.dim}, {chosen[0].arm}")


@vectors.command
def neighbors(
    file: str,
    *words: Annotated[str, Terms],
    k: Annotated[int, Count] = 10,
    format: Format | None = None,
) -> None:
    """List the words nearest to a word, to each of several, or to a sum: `embexp
    vectors neighbors FILE +king -man +woman`.

    Parameters
    ----------
    file
        A vector file in any format, or a name.
    words
        Words, each looked up; or words with + or - before them, which make one query.
    k
        How many neighbours.
    format
        How the table is printed; by default for the eye.
    """
    from embexp.progress import saying
    from embexp.vectors.named import load_vectors

    if not words or k < 1:
        raise InputError(
            "no word is asked for; give one or more, or +king -man +woman"
            if not words
            else f"-k {k} asks for nothing; give 1 or more"
        )
    with saying(f"reading {file}"):
        found = load_vectors(file)
    answers = {title: found.neighbors(query, k) for title, query in queries(words, found).items()}
    objects = [
        {"query": title, "rank": rank, "word": word, "cosine": cosine}
        for title, answer in answers.items()
        for rank, (word, cosine) in enumerate(answer, 1)
    ]
    lines = [(each["query"], each["word"], f"{each['cosine']:.3f}") for each in objects]
    _print("Neighbours", ("query", "word", "cosine"), lines, objects, format, labels=2)


def queries(words: Sequence[str], known: "Vectors") -> dict[str, dict[str, float]]:
    """Words as asked for into weighted words: one query for all where one has a sign,
    else one for each.

    A sign is a + or - with something behind it, unless the word is known as it stands
    and no other has a sign.
    """
    signed = [word for word in words if len(word) > 1 and word[0] in "+-" and word not in known]
    if not signed:
        return {word: {word: 1.0} for word in words}
    weights = dict[str, float]()
    for word in words:
        sign, bare = (word[0], word[1:]) if len(word) > 1 and word[0] in "+-" else ("+", word)
        weights[bare] = weights.get(bare, 0.0) + (1.0 if sign == "+" else -1.0)
    return {" ".join(words): weights}


@vectors.command
def align(
    source: str, target: str, *, out: Path | None = None, format: Format | None = None
) -> None:
    """Turn vectors into the space of others by their common words (orthogonal
    Procrustes), and say how well they fit.

    Parameters
    ----------
    source
        The vectors to turn: a file or a name.
    target
        The vectors whose space they are turned into.
    out
        A new file for the turned vectors.
    format
        How the table is printed; by default for the eye.
    """
    from embexp.progress import saying
    from embexp.vectors.named import load_vectors
    from embexp.vectors.procrustes import turn

    with saying("reading both"):
        mine, others = load_vectors(source), load_vectors(target)
    with saying("turning"):
        turned = turn(mine, others)
    if out is not None:
        turned.vectors.write(out)
    facts = {"source": source, "target": target, "common words": turned.common, "of": len(mine)}
    facts |= {"residual before": turned.before, "residual after": turned.after}
    facts |= {"cosine before": turned.cosine_before, "cosine after": turned.cosine_after}
    facts |= {"written": str(out)} if out is not None else {}
    _print(
        "Orthogonal Procrustes",
        ("", "value"),
        [(name, _shown(fact)) for name, fact in facts.items()],
        [facts],
        format,
    )


@vectors.command
def fetch(name: str) -> None:
    """Fetch vectors by name into the cache, checked by checksum; what was broken off goes on.

    Parameters
    ----------
    name
        A name of gensim-data, such as glove-wiki-gigaword-100, or
        hub:OWNER/REPOSITORY/FILE.
    """
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    from embexp.formats import fetch as fetching
    from embexp.progress import console

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, disable=not console.is_terminal, transient=True
    ) as bar:
        task = bar.add_task(name, total=None)
        path = fetching.fetch(
            name, lambda done, total: bar.update(task, completed=done, total=total or None)
        )
    print(f"{path} ({path.stat().st_size >> 20} MiB; terms: {fetching.terms(name)})")


@cache.command(name="list")
def list_cache(*, format: Format | None = None) -> None:
    """List the tables that are kept, with the files they were made of.

    Parameters
    ----------
    format
        How the table is printed; by default for the eye.
    """
    from embexp.formats import cache as kept

    objects = [
        {"source": each.source, "bytes": each.size, "current": each.current}
        for each in kept.entries()
    ]
    lines = [
        (each["source"], f"{each['bytes'] / 2**20:.1f} MiB", "yes" if each["current"] else "no")
        for each in objects
    ]
    folder = kept.folder()
    _print(
        "Kept tables",
        ("file", "kept", "current"),
        lines,
        objects,
        format,
        notes=(f"in {folder}" if folder else "EMBEXP_CACHE is empty: nothing is kept",),
    )


@cache.command
def clear() -> None:
    """Delete every kept table; files that were fetched stay."""
    from embexp.formats import cache as kept

    print(f"{kept.clear() / 2**20:.1f} MiB freed")


def _print(
    title: str,
    header: Sequence[str],
    lines: Sequence[Sequence[str]],
    objects: Sequence[Mapping[str, Any]],
    format: Format | None,
    *,
    labels: int = 1,
    notes: tuple[str, ...] = (),
) -> None:
    """One grid, as the other commands print theirs."""
    from embexp.cli.options import print_table
    from embexp.report.layout import Grid, Table

    grid = Grid(title, tuple(header), tuple(map(tuple, lines)), labels)
    shown = Table(title, (), (grid,), (), notes, tuple(dict(each) for each in objects))
    print_table(shown, format)


def _shown(fact: Any) -> str:
    """A fact for the eye."""
    if isinstance(fact, Mapping):
        types, all_types, tokens, all_tokens = (
            fact[name] for name in ("types", "types_total", "tokens", "tokens_total")
        )
        share = f"{types / all_types:.1%} of {all_types:,} types, {tokens / max(all_tokens, 1):.1%} of {all_tokens:,} tokens"
        return f"{share}; without: {' '.join(fact['missing']) or 'none'}"
    if isinstance(fact, float):
        return f"{fact:.4g}"
    return f"{fact:,}" if isinstance(fact, int) else str(fact)
