"""The commands `embexp data`: what data sets and vectors are known, where one comes
from, and fetching one.
"""

from typing import Literal

from cyclopts import App

from embexp.cli.options import column, print_json

data = App(name="data", help="Data sets: where they come from, their splits, checksums and terms.")


@data.command(name="list")
def list_data(*, format: Literal["json"] | None = None) -> None:
    """List the data sets that are known by name, and the vectors."""
    from embexp.data import world
    from embexp.data.corpora import CORPORA
    from embexp.vectors.named import VECTORS

    known = [("data set", source.name, source.summary) for source in CORPORA.values()]
    known += [("data set", "world", f"{world.SUMMARY} {world.Dials()}")]
    known += [("vectors", name, source.summary) for name, source in VECTORS.items()]
    if format == "json":
        print_json(
            [{"kind": kind, "name": name, "summary": summary} for kind, name, summary in known]
        )
        return
    for kind, name, summary in known:
        print(f"{kind:9} {name:34} {summary}")


@data.command
def info(
    corpus: str,
    *,
    text: str | None = None,
    label: str | None = None,
    header: bool = True,
    format: Literal["json"] | None = None,
) -> None:
    """Say where a data set comes from: its splits, classes, duplicates across splits,
    checksum and terms.

    Parameters
    ----------
    corpus
        A name (see `embexp data list`), world:DIAL=NUMBER,…, hub:NAME, or a file or
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
    from embexp.data import describe

    facts = describe(corpus, text=column(text, header), label=column(label, header), header=header)
    if format == "json":
        print_json([facts])
        return
    for name, fact in facts.items():
        items = (
            [f"{key} {value}" for key, value in fact.items()]
            if isinstance(fact, dict)
            else fact
            if isinstance(fact, list)
            else [fact]
        )
        print(f"{name:11} {', '.join(map(str, items))}")


@data.command
def fetch(corpus: str) -> None:
    """Bring a data set of the hub to this machine, into the hub's own cache, so that
    runs need no network.

    Parameters
    ----------
    corpus
        A name (see `embexp data list`) or hub:NAME; one that is here already is only
        checked.
    """
    from embexp.data import describe

    facts = describe(corpus)
    rows = ", ".join(f"{split} {count}" for split, count in facts["rows"].items())
    print(
        f"{facts['name']} is here: {facts['from']}; {rows}; checksum {facts['checksum']}; terms: {facts['terms']}"
    )
