"""Data sets of the Hugging Face hub, read through `datasets` and its cache."""

import socket
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from embexp.data.columns import LABEL_NAMES, TEXT_NAMES, choose_column
from embexp.data.files import SPLIT_STEMS, checked_rows, paired
from embexp.data.labels import Labelled, named
from embexp.errors import InputError


def read_hub(
    name: str,
    config: str | None = None,
    text: str | None = None,
    label: str | None = None,
    second: str | None = None,
    kind: str = "classes",
) -> tuple[dict[str, Labelled], tuple[str, ...]]:
    """The labelled splits of a data set, by embexp's names for splits, and its classes.

    The classes are in their order; there are none if the data set does not name them.

    Args:
        name, config: of the data set.
        text, label, second: columns; see `read_labelled`.
        kind: of labels, a name in `LABELLINGS`.

    Raises:
        InputError: a data set that cannot be had (offline, no such name), a missing
            column or label, or a split whose labels are withheld.
    """
    splits: dict[str, Labelled] = {}
    classes: tuple[str, ...] = ()
    for key, rows in _load(name, config).items():
        split = SPLIT_STEMS.get(key)
        if split is None:
            continue
        where = f"hub:{name}, split {key}"
        columns = (
            choose_column(rows.column_names, text, TEXT_NAMES, "text", where),
            choose_column(rows.column_names, label, LABEL_NAMES, "label", where),
        )
        feature = rows.features[columns[1]]
        classes = tuple(getattr(getattr(feature, "feature", feature), "names", None) or ())
        labels = list(rows[columns[1]])
        if kind == "classes" and set(labels) == {-1}:
            raise InputError(
                f"{where} has no labels (all are -1), so it cannot be scored; use a copy that has "
                "them or save your own splits as files"
            )
        if classes:
            names = dict(enumerate(classes))
            labels = [named(label, names) for label in labels]

        def place(row: int, where: str = where) -> str:
            return f"{where}, row {row}"

        splits[split] = checked_rows(rows[columns[0]], labels, place, columns, kind)
        if second is not None:
            other = choose_column(rows.column_names, second, (), "text", where)
            others = checked_rows(rows[other], labels, place, (other, columns[1]), kind)
            splits[split] = paired(splits[split], others, place)
    if "train" not in splits:
        raise InputError(
            f"hub:{name} has no split named train; save it as files named train, validation and "
            "test and give their folder"
        )
    return splits, classes


def _load(name: str, config: str | None) -> Any:
    import datasets
    from datasets import config as settings
    from datasets.exceptions import DatasetsError

    offline = settings.HF_HUB_OFFLINE
    if not reachable(settings.HF_ENDPOINT):  # else the client retries for half a minute
        settings.HF_HUB_OFFLINE = True
    try:
        return datasets.load_dataset(name, config)
    except (OSError, ValueError, DatasetsError) as error:
        reason = str(error).strip().split("\n")[0].rstrip(".")
        raise InputError(
            f"the hub's data set {name!r} could not be loaded ({reason}); check its name and the "
            "network, or give a file or folder"
        ) from error
    finally:
        settings.HF_HUB_OFFLINE = offline


def reachable(address: str) -> bool:
    """Whether a web address's host name resolves, or a proxy is set; no request is made."""
    if getproxies():
        return True
    try:
        return bool(socket.getaddrinfo(urlsplit(address).hostname, None))
    except OSError:
        return False
