"""The commands `embexp data`: which data are known by name, facts about them, and fetching."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Literal

from cyclopts import App

from embexp.cli.options import column, print_json

data = App(name="data", help="Data sets: where they come from, their splits, checksums and terms.")


@data.command(name="list")
def list_data(*, format: Literal["json"] | None = None) -> None:
    """List all data that are known by name: texts, word lists and vectors."""
    known = list(_known())
    if format == "json":
        fields = ("kind", "name", "summary")
        print_json([dict(zip(fields, each, strict=True)) for each in known])
        return
    for kind, name, summary in known:
        print(f"{kind:15} {name:34} {summary}")


@data.command
def info(
    name: str,
    *,
    text: str | None = None,
    label: str | None = None,
    header: bool = True,
    format: Literal["json"] | None = None,
) -> None:
    """Say where data come from: for texts their splits, classes, duplicates and terms.

    Parameters
    ----------
    name
        A name (see `embexp data list`), world:SETTING=NUMBER,…, hub:NAME, or a file or
        folder of your own.
    text
        The column of the texts in a file.
    label
        The column of the labels.
    header
        Whether the first line names the columns.
    format
        json for a list with one object.
    """
    columns = {"text": column(text, header), "label": column(label, header), "header": header}
    facts = _facts(name, columns)
    if format == "json":
        print_json([facts])
        return
    for key, fact in facts.items():
        if isinstance(fact, dict):
            fact = [f"{part} {value}" for part, value in fact.items()]
        print(f"{key:11} {', '.join(map(str, fact)) if isinstance(fact, list) else fact}")


@data.command
def fetch(corpus: str) -> None:
    """Fetch a data set of the hub into the hub's own cache, so that runs need no network.

    Parameters
    ----------
    corpus
        A name (see `embexp data list`) or hub:NAME; one that is here already is only
        checked.
    """
    from embexp.data import describe
    from embexp.synthetic import load_corpus

    facts = describe(load_corpus(corpus))
    rows = ", ".join(f"{split} {count}" for split, count in facts["rows"].items())
    print(
        f"{facts['name']} is here: {facts['from']}; {rows}; checksum {facts['checksum']}; "
        f"terms: {facts['terms']}"
    )


def _word_lists() -> dict[str, tuple[Mapping[str, Any], Callable[[str], Any]]]:
    """Where the known lists of each kind lie, and how to load one."""
    from embexp.measures.categories import CATEGORY_SETS, categories
    from embexp.measures.data_files import Location
    from embexp.measures.lexicons import LEXICONS, lexicon
    from embexp.measures.pairs import SIMILARITY_SETS, similarity_pairs
    from embexp.measures.questions import QUESTION_SETS, analogy_questions
    from embexp.measures.relations import FILE, word_relations

    return {
        "word pairs": (SIMILARITY_SETS, similarity_pairs),
        "analogies": (QUESTION_SETS, analogy_questions),
        "categories": (CATEGORY_SETS, categories),
        "lexicon": (LEXICONS, lexicon),
        "relations": ({"wordnet": Location((FILE,))}, word_relations),
    }


def _known() -> Iterator[tuple[str, str, str]]:
    """Kind, name and summary of all data that have a name."""
    from embexp.data.registry import CORPORA, CorpusSource
    from embexp.data.tagged import TAGGED
    from embexp.synthetic import WorldConfig
    from embexp.vectors.registry import VECTORS

    world = CorpusSource(
        "synthetic texts whose topics and polarities are known and independent; its settings, as "
        f"in world:words=500,seed=1, are {WorldConfig()}",
        *("", "", {}),
    )
    named = {"data set": CORPORA | {"world": world}, "tagged data set": TAGGED, "vectors": VECTORS}
    for kind, sources in named.items():
        yield from ((kind, name, source.summary) for name, source in sources.items())
    for kind, (locations, _) in _word_lists().items():
        yield from ((kind, name, _place(where)) for name, where in locations.items())


def _place(location: Any) -> str:
    """Where a word list may lie."""
    package = [f"package {location.package[0]}"] if location.package else []
    return ", or ".join([*package, f"EMBEXP_DATA: {' and '.join(location.files)}"])


def _facts(name: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """What is known about the data of a name, whatever their kind."""
    from embexp.data.describe import describe
    from embexp.data.files import checksum
    from embexp.data.tagged import TAGGED, load_tagged
    from embexp.errors import InputError
    from embexp.measures.data_files import resource_files
    from embexp.synthetic import load_corpus
    from embexp.vectors import registry

    if name in TAGGED:
        return describe(load_tagged(name))
    if name in registry.VECTORS:
        source = registry.VECTORS[name]
        facts = {"from": source.summary, "terms": source.terms}
        return {"name": name, **facts, "checksum": registry.checksum(name)}
    for kind, (locations, load) in _word_lists().items():
        if name in locations:
            facts = {"name": name, "from": _place(locations[name]), "rows": {kind: len(load(name))}}
            with suppress(InputError):  # WordNet may lie elsewhere
                facts["checksum"] = checksum(resource_files(name, kind, locations, "")[1])
            return facts
    return describe(load_corpus(name, **columns))
