"""The commands `embexp vectors`, which inspect, convert and compare vector files."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from embexp.cli.downloads import cache, fetch
from embexp.cli.export import export
from embexp.cli.grid import print_grid
from embexp.cli.options import Format, Whole, column, say, whole
from embexp.cli.post import post
from embexp.errors import InputError
from embexp.progress import saying, tell

if TYPE_CHECKING:
    from embexp.words import Vectors

Count = Parameter(name=("-k", "--k"), converter=whole)
Terms = Parameter(allow_leading_hyphen=True, negative=())

vectors = App(
    name="vectors",
    help="Word vectors: what a file holds, other formats, neighbours, fetching by name.",
)
for command in (cache, export, fetch, post):
    vectors.command(command)


@vectors.command
def info(
    files: Annotated[list[str], Parameter(negative=())],
    *,
    corpus: str | None = None,
    text: str | None = None,
    header: bool = True,
    vocabulary: Path | None = None,
    format: Format | None = None,
) -> None:
    """Say what vector files hold: format, shape, lengths, mended damage, coverage of words.

    Parameters
    ----------
    files
        Vector files in any format, or names (see `embexp data list`).
    corpus
        A plain text file, a file with columns, or a data set, whose words are looked up.
    text
        The column of the texts, by name, or by number counted from 0 with --no-header.
    header
        Whether the first line of the corpus names its columns.
    vocabulary
        A file of words to look up, one a line, with or without counts after a tab.
    format
        The format of the table; made for the terminal if not given.
    """
    from embexp.vectors import inspect

    counted = {}
    if corpus is not None:
        counted[corpus] = inspect.count_corpus(corpus, column(text, header), header)
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
    print_grid("Vector files", ("", *(Path(file).name for file in files)), lines, objects, format)


@vectors.command
def convert(
    source: str,
    target: Path,
    *,
    format: str | None = None,
    words: Path | None = None,
    limit: Annotated[int | None, Whole] = None,
) -> None:
    """Write vectors in another format.

    For example: `embexp vectors convert glove.6B.zip/glove.6B.100d.txt glove.safetensors`.

    Parameters
    ----------
    source
        A vector file in any format, or a name.
    target
        The new file; its suffix stands for its format (.vec, .txt, .bin, .fasttext.bin,
        .safetensors, .npz, .parquet; with .gz, .bz2, .xz, .zip).
    format
        The new file's format, if its suffix does not stand for it: word2vec, glove,
        word2vec-binary, fasttext-binary, safetensors, …
    words
        A file of the only words to write, one a line.
    limit
        Write this many words at most.
    """
    from embexp import formats
    from embexp.vectors.inspect import count_vocabulary
    from embexp.vectors.registry import load_vectors
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
    say(f"{target}: {kind}, {len(found)} words × {found.dim}")
    if found.subwords is not None and not formats.FORMATS[kind].subwords:
        tell(f"the vectors of n-grams are left out: {kind} cannot hold them")


@vectors.command
def neighbors(
    file: str,
    *words: Annotated[str, Terms],
    k: Annotated[int, Count] = 10,
    format: Format | None = None,
) -> None:
    """List the words nearest to each word given, or to a sum of words.

    For example: `embexp vectors neighbors FILE +king -man +woman`.

    Parameters
    ----------
    file
        A vector file in any format, or a name.
    words
        Words, each of which is a query; or words with + or - before them, which are one.
    k
        How many neighbours.
    format
        The format of the table; made for the terminal if not given.
    """
    from embexp.vectors.registry import load_vectors

    if not words or k < 1:
        raise InputError(
            "no word is asked for; give one or more, or +king -man +woman"
            if not words
            else f"-k {k} asks for nothing; give 1 or more"
        )
    with saying(f"reading {file}"):
        found = load_vectors(file)
    objects = [
        {"query": title, "rank": rank, "word": word, "cosine": cosine}
        for title, query in queries(words, found).items()
        for rank, (word, cosine) in enumerate(found.neighbors(query, k), 1)
    ]
    lines = [(each["query"], each["word"], f"{each['cosine']:.3f}") for each in objects]
    print_grid("Neighbours", ("query", "word", "cosine"), lines, objects, format, labels=2)


def queries(words: Sequence[str], known: "Vectors") -> dict[str, dict[str, float]]:
    """The weighted words of each query: one query if a word has a sign, else one a word.

    A sign is a + or - with something behind it, unless the word is known as it is
    written and no other has a sign.
    """
    signed = [word for word in words if len(word) > 1 and word[0] in "+-" and word not in known]
    if not signed:
        return {word: {word: 1.0} for word in words}
    weights = defaultdict[str, float](float)
    for word in words:
        bare = word[1:] if len(word) > 1 and word[0] in "+-" else word
        weights[bare] += -1.0 if bare != word and word[0] == "-" else 1.0
    return {" ".join(words): weights}


@vectors.command
def align(
    source: str, target: str, *, out: Path | None = None, format: Format | None = None
) -> None:
    """Rotate vectors onto others by their common words (orthogonal Procrustes).

    The table says how well they fit.

    Parameters
    ----------
    source
        The vectors to rotate: a file or a name.
    target
        The vectors that they are rotated onto.
    out
        A new file for the rotated vectors.
    format
        The format of the table; made for the terminal if not given.
    """
    from embexp.vectors.procrustes import rotate
    from embexp.vectors.registry import load_vectors

    with saying("reading both"):
        mine, others = load_vectors(source), load_vectors(target)
    with saying("rotating"):
        rotated = rotate(mine, others)
    written = {}
    if out is not None:
        rotated.vectors.write(out)
        written = {"written": str(out)}
    facts = {
        "source": source,
        "target": target,
        "common words": rotated.common,
        "of": len(mine),
        "residual before": rotated.before,
        "residual after": rotated.after,
        "cosine before": rotated.cosine_before,
        "cosine after": rotated.cosine_after,
        **written,
    }
    print_grid(
        "Orthogonal Procrustes",
        ("", "value"),
        [(name, _shown(fact)) for name, fact in facts.items()],
        [facts],
        format,
    )


def _shown(fact: Any) -> str:
    """A fact as the table shows it."""
    if isinstance(fact, Mapping):
        types, all_types, tokens, all_tokens = (
            fact[name] for name in ("types", "types_total", "tokens", "tokens_total")
        )
        share = (
            f"{types / all_types:.1%} of {all_types:,} types, "
            f"{tokens / max(all_tokens, 1):.1%} of {all_tokens:,} tokens"
        )
        return f"{share}; without: {' '.join(fact['missing']) or 'none'}"
    if isinstance(fact, float):
        return f"{fact:.4g}"
    return f"{fact:,}" if isinstance(fact, int) else str(fact)
