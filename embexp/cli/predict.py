"""The command `predict`: labels of new texts, by a model that a comparison saved."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from embexp.cli.options import Many, column, print_json
from embexp.printable import printable

if TYPE_CHECKING:
    import numpy as np


def predict(
    results: str,
    texts: str,
    *,
    text: str | None = None,
    second: str | None = None,
    header: bool = True,
    only: Annotated[list[str], Many] = [],
    format: Literal["tsv", "json"] = "tsv",
) -> None:
    """Give each text of a file its label, by the model that `compare` chose.

    For example: `embexp predict runs/mine new.csv --text review`. Texts are read and scored
    as the test split was: on its texts these are the predictions behind the table. The file that
    the model was trained on, and its vectors, must lie where they lay then, unchanged.

    Parameters
    ----------
    results
        A folder of results with a saved model, or its name in runs/ or results/.
    texts
        A CSV, TSV, JSONL or Parquet file.
    text
        The column of the texts, by name, or by number counted from 0 with --no-header.
    second
        The column of second texts, for a model that was trained on pairs.
    header
        Whether the first line names the columns.
    only
        Which run, where several have saved models: values such as regime=tuned seed=0.
    format
        Lines with class and probability (classes and theirs, or a number), or a list of JSON
        objects with all classes.
    """
    from embexp.cli.reports import folder_of
    from embexp.cli.saved import saved_model
    from embexp.data.files import read_texts
    from embexp.models import HEADS
    from embexp.runner.predict import shares

    folder = folder_of(results)
    given = read_texts(texts, column(text, header), header, column(second, header))
    model = saved_model(folder, only)
    found = PREDICTED[HEADS[model.spec.head].labelling](shares(model, given), model.classes)
    if format == "json":
        print_json([each.whole for each in found])
        return
    print(*found[0].short, sep="\t")
    for each in found:
        print(*map(printable, each.short.values()), sep="\t")


class Predicted(NamedTuple):
    """What is said of one text: in a line, and as a JSON object."""

    short: dict[str, str]
    whole: dict[str, Any]


def of_classes(every: "np.ndarray", classes: Sequence[str]) -> list[Predicted]:
    """The likeliest class of each text, with its probability."""
    found = []
    for shares in every:
        name, share = classes[shares.argmax()], shares.max()
        named = dict(zip(classes, shares.tolist(), strict=True))
        short = {"class": name, "probability": f"{share:.4f}"}
        found.append(Predicted(short, {"class": name, "probabilities": named}))
    return found


def of_sets(every: "np.ndarray", classes: Sequence[str]) -> list[Predicted]:
    """The classes of each text whose probability is one half at least."""
    found = []
    for shares in every:
        named = dict(zip(classes, shares.tolist(), strict=True))
        names = [name for name, share in named.items() if share >= 0.5]
        likely = ",".join(f"{named[name]:.4f}" for name in names)
        short = {"classes": ",".join(names), "probabilities": likely}
        found.append(Predicted(short, {"classes": names, "probabilities": named}))
    return found


def of_numbers(outputs: "np.ndarray", classes: Sequence[str]) -> list[Predicted]:  # noqa: ARG001
    """The number of each text."""
    numbers = outputs[:, 0].tolist()
    return [Predicted({"number": f"{each:.4f}"}, {"number": each}) for each in numbers]


PREDICTED: Mapping[str, Callable[["np.ndarray", Sequence[str]], list[Predicted]]] = {
    "classes": of_classes,
    "sets": of_sets,
    "numbers": of_numbers,
}
"""What is said of texts, by the kind of their labels."""
