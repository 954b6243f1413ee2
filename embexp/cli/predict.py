"""The command `predict`: classes of new texts, by a model that a comparison saved."""

from typing import Annotated, Literal

from embexp.cli.options import Many, column, print_json
from embexp.printable import printable


def predict(
    results: str,
    texts: str,
    *,
    text: str | None = None,
    header: bool = True,
    only: Annotated[list[str], Many] = [],
    format: Literal["tsv", "json"] = "tsv",
) -> None:
    """Give each text of a file its class, by the model that `compare` chose.

    For example: `embexp predict runs/mine new.csv --text review`. Texts are read and scored
    as the test split was: on that file these are the table's predictions.

    Parameters
    ----------
    results
        A folder of results with a saved model, or its name in runs/ or results/.
    texts
        A CSV, TSV, JSONL or Parquet file.
    text
        The column of the texts, by name, or by number counted from 0 with --no-header.
    header
        Whether the first line names the columns.
    only
        Which run, where several have saved models: values such as regime=tuned seed=0.
    format
        Lines with class and probability, or a list of JSON objects with all classes.
    """
    import numpy as np

    from embexp.cli.export import saved_model
    from embexp.cli.reports import folder_of
    from embexp.data.files import read_texts
    from embexp.runner.predict import predict as logits_of

    model = saved_model(folder_of(results), only)
    logits = logits_of(model, read_texts(texts, column(text, header), header))
    shares = np.exp(logits - logits.max(axis=1, keepdims=True)).astype(np.float64)
    shares /= shares.sum(axis=1, keepdims=True)
    best = [model.classes[place] for place in shares.argmax(axis=1)]
    if format == "json":
        every = [dict(zip(model.classes, row, strict=True)) for row in shares.tolist()]
        found = zip(best, every, strict=True)
        print_json([{"class": name, "probabilities": each} for name, each in found])
        return
    print("class", "probability", sep="\t")
    for name, share in zip(best, shares.max(axis=1), strict=True):
        print(printable(name), f"{share:.4f}", sep="\t")
