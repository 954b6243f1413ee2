"""The commands `embexp vectors fetch` and `embexp vectors cache`."""

from cyclopts import App

from embexp.cli.grid import print_grid
from embexp.cli.options import Format, say

cache = App(name="cache", help="Cached tables, by which a large file is parsed only once.")


def fetch(name: str) -> None:
    """Fetch vectors by name; an interrupted download is resumed.

    Files are checked by their checksums, and lie in the cache's folder.

    Parameters
    ----------
    name
        A name of gensim-data, such as glove-wiki-gigaword-100; hub:OWNER/REPOSITORY/FILE;
        or hf:OWNER/REPOSITORY for a language model's table and tokenizer.
    """
    from rich.markup import escape
    from rich.progress import DownloadColumn, Progress, TransferSpeedColumn

    from embexp.formats import fetch as fetching, model_folders
    from embexp.printable import printable
    from embexp.progress import console

    if name.startswith("hf:"):
        say(f"{model_folders.download(name.removeprefix('hf:'))}")
        return
    with Progress(
        *Progress.get_default_columns(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console,
        disable=not console.is_terminal or name.startswith("hub:"),  # which shows its own
        transient=True,
    ) as bar:
        task = bar.add_task(escape(printable(name)), total=None)
        path = fetching.fetch(
            name, lambda done, total: bar.update(task, completed=done, total=total or None)
        )
    say(f"{path} ({path.stat().st_size >> 20} MiB; terms: {fetching.terms(name)})")


@cache.command(name="list")
def list_cache(*, format: Format | None = None) -> None:
    """List the cached tables, with the files they were made from.

    Parameters
    ----------
    format
        The format of the table; made for the terminal if not given.
    """
    from embexp.formats import cache as tables, private

    found = tables.cached_tables()
    lines = [
        (each.source, f"{each.bytes / 2**20:.1f} MiB", "yes" if each.current else "no")
        for each in found
    ]
    folder = private.folder()
    print_grid(
        "Cached tables",
        ("file", "size", "current"),
        lines,
        [each._asdict() for each in found],
        format,
        notes=(f"in {folder}" if folder else "EMBEXP_CACHE is empty: nothing is cached",),
    )


@cache.command
def clear() -> None:
    """Delete every cached table; files that were fetched stay."""
    from embexp.formats import cache as tables

    say(f"{tables.clear() / 2**20:.1f} MiB freed")
