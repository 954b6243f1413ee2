"""The command `embexp vectors export`."""

from pathlib import Path
from typing import Annotated

from embexp.cli.options import Many, On
from embexp.errors import InputError


def export(
    results: str,
    target: Path,
    *,
    only: Annotated[list[str], Many] = [],
    before: Annotated[bool, On] = False,
    with_start: Annotated[bool, On] = False,
    format: str | None = None,
) -> None:
    """Write the vectors that a run has learned.

    For example: `embexp vectors export runs/mine learned.vec --only regime=random seed=0`.

    Parameters
    ----------
    results
        A folder of results that was made with --save-models, or its name in runs/ or
        results/.
    target
        The new file; its suffix stands for its format, as for `convert`.
    only
        Which run: values of its settings, such as regime=tuned seed=0.
    before
        Write the vectors before training in place of the learned ones.
    with_start
        Write two more files, which `embexp measure --start … --words …` takes to give
        the values in the run's rows: the vectors before training (NAME.start.vec), and
        a sheet with each word's count, whether it is evaluated, and its log-odds
        (NAME.words.tsv).
    format
        The new file's format, if its suffix does not stand for it.
    """
    from embexp import formats, records
    from embexp.cli.reports import folder_of
    from embexp.formats import streams
    from embexp.grids import make
    from embexp.measures.word_sheet import COLUMNS
    from embexp.runner import trained
    from embexp.runner.experiments import select

    kind, folder = format or formats.suffix_format(target), folder_of(results)
    runs = records.read_runs(folder).values()
    specs = [make(**run["spec"]) for run in runs if run["error"] is None]
    chosen = select(specs, only)
    if len(chosen) != 1:
        raise InputError(
            f"{len(chosen)} runs of {folder} fit --only {' '.join(only)}; name one: "
            f"{'; '.join(spec.arm for spec in chosen[:4])}"
        )
    model = trained(chosen[0], results=folder)
    found = model.start if before else model.vectors
    found.write(target, format=kind)
    print(f"{target}: {kind}, {len(found)} words × {found.dim}, {chosen[0].arm}")
    if with_start:
        model.start.write(target.with_suffix(f".start{target.suffix}"), format=kind)
        sheet = [COLUMNS, *model.words_sheet()]
        lines = ["\t".join("" if x is None else str(x) for x in row) + "\n" for row in sheet]
        with streams.writing(target.with_suffix(".words.tsv")) as file:
            file.write("".join(lines).encode(errors="surrogatepass"))
