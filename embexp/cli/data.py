"""The commands `embexp data`: which data are known by name, facts about them, and fetching."""

import shlex
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from cyclopts import App

from embexp.cli.options import columns, print_json, say

data = App(name="data", help="Data sets: where they come from, their splits, checksums and terms.")


@data.command(name="list")
def list_data(*, format: Literal["json"] | None = None) -> None:
    """List all data that are known by name: texts, word lists and vectors."""
    known = [
        {"kind": kind, "name": name, "summary": entry.summary}
        for kind, (entries, _) in _kinds().items()
        for name, entry in entries.items()
    ]
    if format == "json":
        print_json(known)
        return
    for each in known:
        say("{kind:15} {name:34} {summary}".format_map(each))


@data.command
def info(
    name: str,
    *,
    text: str | None = None,
    label: str | None = None,
    second: str | None = None,
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
    second
        The column of second texts, where texts come in pairs.
    header
        Whether the first line names the columns.
    format
        json for a list with one object.
    """
    facts = _facts(name, columns(header, text=text, label=label, second=second))
    if format == "json":
        print_json([facts])
        return
    for key, fact in facts.items():
        if isinstance(fact, dict):
            fact = [f"{part} {value}" for part, value in fact.items()]
        say(f"{key:11} {', '.join(map(str, fact)) if isinstance(fact, list) else fact}")


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
    say(
        f"{facts['name']} is here: {facts['from']}; {rows}; checksum {facts['checksum']}; "
        f"terms: {facts['terms']}"
    )


@data.command
def sample(target: Path = Path("hotels.csv")) -> None:
    """Write a small file of labelled texts to try things out with: 600 made-up hotel reviews.

    Parameters
    ----------
    target
        The new file.
    """
    from embexp.data.registry import CORPORA
    from embexp.data.sources import locate
    from embexp.errors import InputError

    (source,) = locate(CORPORA["sample"].files, "embexp").values()
    if target.exists() and target.read_bytes() != source.read_bytes():
        raise InputError(f"{target} is there already and holds other data; give another name")
    target.write_bytes(source.read_bytes())
    say(f"{target}: {CORPORA['sample'].summary}; next: embexp compare {shlex.quote(str(target))}")


def _kinds() -> dict[str, tuple[Mapping[str, Any], Callable[..., Any]]]:
    """Known data by kind and name, each with a summary, and how data of the kind are read.

    Of vectors only the checksum is read.
    """
    from embexp.data.registry import CORPORA
    from embexp.data.tagged import TAGGED, load_tagged
    from embexp.measures import lexicons, pairs, questions
    from embexp.measures.categories import CATEGORY_SETS, categories
    from embexp.measures.data_files import Location
    from embexp.measures.relations import FILE, word_relations
    from embexp.synthetic import WorldConfig, load_corpus
    from embexp.vectors.registry import VECTORS, checksum

    return {
        "data set": (CORPORA | {"world": WorldConfig()}, load_corpus),
        "tagged data set": (TAGGED, load_tagged),
        "vectors": (VECTORS, checksum),
        "word pairs": (pairs.SIMILARITY_SETS | pairs.OTHER_LANGUAGES, pairs.similarity_pairs),
        "analogies": (
            questions.QUESTION_SETS | questions.OTHER_LANGUAGES,
            questions.analogy_questions,
        ),
        "categories": (CATEGORY_SETS, categories),
        "lexicon": (lexicons.LEXICONS | lexicons.OTHER_LANGUAGES, lexicons.lexicon),
        "relations": ({"wordnet": Location((FILE,))}, word_relations),
    }


def _facts(name: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """What is known about the data of a name, whatever their kind."""
    from embexp.data import describe
    from embexp.data.files import checksum
    from embexp.errors import InputError
    from embexp.measures.data_files import resource_files

    kinds = _kinds()
    kind = next((kind for kind, (known, _) in kinds.items() if name in known), "data set")
    known, read = kinds[kind]
    if kind == "data set":
        return describe(read(name, **columns))
    if kind == "tagged data set":
        return describe(read(name))
    facts = {"name": name, "from": known[name].summary}
    if kind == "vectors":
        return facts | {"terms": known[name].terms, "checksum": read(name)}
    facts["rows"] = {kind: len(read(name))}
    with suppress(InputError):  # WordNet may lie elsewhere
        facts["checksum"] = checksum(resource_files(name, kind, known, "")[1])
    return facts
