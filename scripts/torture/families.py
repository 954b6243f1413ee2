"""The families of readers: whole files of each kind, and how a damaged one is read.

A family's `prepare` is called in the process that reads, and gives the reader. What a
version of the package does not have raises ImportError or AttributeError there.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

Reader = Callable[[Path], Any]
TEXT_ROWS = [
    ("a good film, a great plot", "pos"),
    ('the "worst" scene; awful', "neg"),
    ("Ünïcode и 😀 fine", "pos"),
    ("dull\\n and dreadful\tend", "neg"),
] * 3
LISTS = {
    "pairs": "word1\tword2\tscore\ngood\tbad\t1.5\nfilm\tmovie\t9\nplot\tstory\t7.25\n",
    "lexicon": "word,score\ngood,1\nbad,-1\ngreat,0.5\nawful,-0.75\n",
    "categories": "animal cat\nanimal dog\nvehicle car\nvehicle bus\n",
    "questions": ": capitals\nAthens Greece Paris France\n: family\nboy girl king queen\n",
    "relations": "synonym\tadj\tgood\tfine\nantonym\tadj\tgood\tbad\nsynonym\tnoun\tfilm\tmovie\n",
    "word-sheet": "word\tcount\tevaluated\tlog_odds\ngood\t12\t1\t0.5\nbad\t3\t0\t\n",
    "vocabulary": "good\t12\nbad\t3\nfilm\n",
}


class Family(NamedTuple):
    """One kind of file.

    Args:
        write: writes whole files into a folder.
        prepare: makes the reader, in the process that reads; it is given the folder.
        suffix: of the damaged file.
        sealed: whether every change must be noticed.
        packed: whether the reader unpacks files.
    """

    write: Callable[[Path], Iterator[Path]]
    prepare: Callable[[Path], Reader]
    suffix: str
    sealed: bool = False
    packed: bool = False


def _texts(suffix: str, *contents: str) -> Callable[[Path], Iterator[Path]]:
    """A writer of files with these contents."""

    def write(folder: Path) -> Iterator[Path]:
        for number, content in enumerate(contents):
            path = folder / f"whole{number}{suffix}"
            path.write_bytes(content.encode())
            yield path

    return write


def _reader(module: str, function: str, **options: Any) -> Callable[[Path], Reader]:
    """A function of a module, called with the path."""
    return Named(module, function, options)


class Named(NamedTuple):
    """A function of a module by its name, so that another process can look it up."""

    module: str
    function: str
    options: dict[str, Any]

    def __call__(self, folder: Path) -> Reader:  # noqa: ARG002 - every family takes it
        """The reader."""
        from importlib import import_module

        read = getattr(import_module(self.module), self.function)
        return lambda path: repr(read(path, **self.options))


def _quoted(separator: str, rows: list[tuple[str, str]] = TEXT_ROWS) -> str:
    quoted = ((text.replace('"', '""').replace("\t", " "), label) for text, label in rows)
    lines = [f'"{text}"{separator}{label}' for text, label in quoted]
    return "\n".join([f"text{separator}label", *lines]) + "\n"


def _objects() -> list[dict[str, Any]]:
    return [{"text": text, "label": label, "n": n} for n, (text, label) in enumerate(TEXT_ROWS)]


def _parquet(folder: Path) -> Iterator[Path]:
    """Labelled texts in Parquet, plain and compressed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for number, compression in enumerate(("none", "zstd", "snappy")):
        path = folder / f"whole{number}.parquet"
        pq.write_table(pa.Table.from_pylist(_objects()), path, compression=compression)
        yield path


def _vector_files(suffix: str) -> Callable[[Path], Iterator[Path]]:
    """A writer of small tables in one format."""

    def write(folder: Path) -> Iterator[Path]:
        from embexp import formats

        draw = np.random.default_rng(0)
        words = ["the", ",", "don't", "Ünïcode", "и", "12", "nan", "#", "</s>", "😀", "x" * 60]
        for number, (size, dim) in enumerate([(len(words), 7), (3, 1), (len(words), 40)]):
            path = folder / f"whole{number}{suffix}"
            formats.write(path, words[:size], draw.normal(size=(size, dim)).astype(np.float32))
            yield path

    return write


def vectors(folder: Path) -> Reader:  # noqa: ARG001 - every family takes it
    """Reads vectors, and checks that the table is sound."""
    from embexp import formats

    def read(path: Path) -> Any:
        words, table = formats.read(path)
        sound = np.isfinite(table).all() and len(words) == len(set(words)) == len(table)
        if not sound or "" in words or table.dtype != np.float32:
            raise AssertionError("a table that is not sound")
        return words, table.tobytes()

    return read


def training_text(folder: Path) -> Reader:  # noqa: ARG001 - every family takes it
    """Reads the text that vectors are trained on."""
    from embexp.vectors.text import read_text

    def read(path: Path) -> Any:
        text = read_text(path, min_count=1)
        return text.words, text.ids.tolist(), text.ends.tolist()

    return read


_PLAIN = "a good film\nthe plot of the film, a story\n\nÜnïcode и 😀\n" * 4
_CONLL = "The DET\ndog NOUN\nbarks VERB\n\n# x\nCats\tNOUN\nsleep\tVERB\n\n"
_DATA = "embexp.data.files"
FAMILIES: dict[str, Family] = {
    **{
        f"vectors {suffix}": Family(_vector_files(suffix), vectors, suffix, packed=True)
        for suffix in (
            *(".txt", ".vec", ".bin", ".fasttext.bin", ".safetensors", ".npz", ".parquet"),
        )
    },
    **{
        f"data {suffix}": Family(
            _texts(suffix, *contents), _reader(_DATA, "read_labelled"), suffix, packed=True
        )
        for suffix, contents in {
            ".csv": (_quoted(","), _quoted(";")),
            ".tsv": (_quoted("\t"), "text\tlabel\nno quotes\ta\nhere\tb\n"),
        }.items()
    },
    "data .parquet": Family(_parquet, _reader(_DATA, "read_labelled"), ".parquet", packed=True),
    "data conll": Family(
        _texts(".tsv", _CONLL),
        _reader("embexp.data.tagged_files", "read_tagged"),
        ".tsv",
        packed=True,
    ),
    "text": Family(_texts(".txt", _PLAIN), training_text, ".txt", packed=True),
    **{
        f"list {name}": Family(
            _texts(".txt", LISTS[name]), _reader(f"embexp.{module}", function), ".txt", packed=True
        )
        for name, module, function in (
            ("pairs", "measures.pairs", "similarity_pairs"),
            ("lexicon", "measures.lexicons", "lexicon"),
            ("categories", "measures.categories", "categories"),
            ("questions", "measures.questions", "analogy_questions"),
            ("relations", "measures.relations", "word_relations"),
            ("word-sheet", "measures.word_sheet", "read_word_sheet"),
            ("vocabulary", "vectors.inspect", "count_vocabulary"),
        )
    },
}
