"""The command `embexp vectors export`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from embexp.cli.options import Many, On, say
from embexp.cli.saved import saved_model
from embexp.errors import InputError

if TYPE_CHECKING:
    from embexp.runner import Trained


def export(
    results: str,
    target: Path,
    *,
    only: Annotated[list[str], Many] = [],
    before: Annotated[bool, On] = False,
    with_start: Annotated[bool, On] = False,
    as_model: Annotated[bool, On] = False,
    format: str | None = None,
) -> None:
    """Write the vectors that a run has learned.

    For example: `embexp vectors export runs/mine learned.vec --only regime=random seed=0`.

    Parameters
    ----------
    results
        A folder of results with saved models, as `compare` and --save-models leave them,
        or its name in runs/ or results/.
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
    as_model
        Write a copy of the language model's folder that the run started from, with the
        rows that it has learned; the target is the new folder.
    format
        The new file's format, if its suffix does not stand for it.
    """
    from embexp import formats
    from embexp.cli.reports import folder_of
    from embexp.formats import streams
    from embexp.measures.word_sheet import COLUMNS

    folder = folder_of(results)
    if as_model:
        write_model(saved_model(folder, only), target)
        return
    kind = format or formats.suffix_format(target)
    model = saved_model(folder, only)
    found = model.start if before else model.vectors
    found.write(target, format=kind)
    say(f"{target}: {kind}, {len(found)} words × {found.dim}, {model.spec.arm}")
    if with_start:
        model.start.write(target.with_suffix(f".start{target.suffix}"), format=kind)
        sheet = [COLUMNS, *model.words_sheet()]
        lines = ["\t".join("" if x is None else str(x) for x in row) + "\n" for row in sheet]
        with streams.writing(target.with_suffix(".words.tsv")) as file:
            file.write("".join(lines).encode(errors="surrogatepass"))


def write_model(model: "Trained", target: Path) -> None:
    """Writes a language model's folder with the rows of a run.

    Raises:
        InputError: the run did not start from a language model's table of its own pieces.
    """
    from embexp.vectors import language_models, model_copies

    source = model.spec.vectors or ""
    if not language_models.is_language_model(source):
        raise InputError(
            f"{model.spec.title} did not start from a language model (vectors=hf:…), so there is "
            "no folder to write its rows into; leave --as-model out"
        )
    count = model_copies.write(language_models.parse(source)[0], model.vectors, target)
    others = len(model.vectors) - count
    rest = f"; {others} words are no piece of it and have no row there" if others else ""
    say(f"{target}: {count} rows of {source} replaced by those of {model.spec.arm}{rest}")
