"""Is training on a path of regularisation? A word's logit beside logistic regression's weights.

While a model trains from a random start, every word is scored as a text of its own: its logit
is the positive class's less the negative one's, under a mean and a linear head the word's row
times the head's difference, and a bias. It is compared with the weights of logistic regression
on the same means of one-hot words (word counts over the length of the text), at many C. The
predictions are those of study A in docs/predictions.md; the answers go to
`results/regularisation_path/table.md`. It needs the data sets below EMBEXP_DATA, and about
a quarter of an hour on one core; what other data sets and encoders gave before is kept.

    python scripts/regularisation_path.py
    python scripts/regularisation_path.py --data mr --encoder mean
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from regularisation_path_checks import COUNTS, EPOCHS, shown_c
from regularisation_path_figure import draw
from regularisation_path_table import table
from regularisation_path_words import (
    LEAST_HELD,
    C,
    Weights,
    Words,
    regressions,
    rounded,
    shares,
    words_of,
)
from written import joined, write

from embexp import grid, progress
from embexp.data import Ids
from embexp.grids import UNMEASURED
from embexp.malloc import keep_memory
from embexp.measures.statistics import spearman
from embexp.measures.summary import LEAST_WORDS
from embexp.report.drawing import save
from embexp.runner import Training, make_group
from embexp.spec import Spec
from embexp.tasks import EncodedSplit, Task, prepare_task

FOLDER = Path(__file__).parent.parent / "results" / "regularisation_path"
REVIEWS = "imdb"
DATA: Mapping[str, Mapping[str, Any]] = {
    "mr": {"polarity_corpus": REVIEWS},
    "subj": {},
    "sst2": {"polarity_corpus": REVIEWS},
    "sms": {},
    "clickbait": {"train_texts": 8000},
    REVIEWS: {"train_texts": 8000, "max_length": 100},
}
"""Words of short reviews are counted on long ones, other words on the texts that are left out."""
SHARED: Mapping[str, Any] = {
    "regime": "random",
    "vectors": None,
    "dim": 50,
    "vocabulary": "training",  # no word is read as <unk>, as none is in the regression
    "optimiser": "adam",
    "batch_size": 64,
    "buckets": 2,
}


class Plan(NamedTuple):
    """How an encoder is trained."""

    data: Sequence[str]
    seeds: int
    settings: Mapping[str, Any]


SMALL = ("mr", "subj")
PLANS = {
    "mean": Plan(tuple(DATA), 5, {"learning_rate": 3e-3}),
    "cnn": Plan(SMALL, 3, {"learning_rate": 1e-3}),
    "lstm": Plan(SMALL, 3, {"learning_rate": 1e-3, "table_rate": 1e-2, "hidden_size": 50}),
}


def specs(data: str, encoder: str) -> list[Spec]:
    """The runs of one encoder on one data set, one for each seed."""
    plan = PLANS[encoder]
    given = {**UNMEASURED, **SHARED, **plan.settings, **DATA[data]}
    return grid(
        corpus=data,
        encoder=encoder,
        seed=range(plan.seeds),
        epochs=int(max(EPOCHS[encoder])),
        **given,
    )


def single_words(vocab: int) -> EncodedSplit:
    """Each word as a text of its own."""
    ids = Ids(np.arange(vocab, dtype=np.int32), np.arange(vocab + 1))
    return EncodedSplit(
        ids, np.zeros(vocab, np.int32), np.zeros((vocab, 0), np.float32), (vocab, vocab)
    )


def of_regressions(data: str, words: Words, weights: Sequence[Weights]) -> list[dict[str, Any]]:
    """A line for each C."""
    sizes = {name: int(rows.sum()) for name, rows in words.strata.items()}
    about = {"data": data, "encoder": COUNTS, "compared": int(words.compared.sum())}
    return [
        {**about, "c": c, "words": sizes, "polarity": words.polarity(each)}
        for c, each in zip(C, weights, strict=True)
    ]


def of_runs(
    given: Sequence[Spec], task: Task, words: Words, weights: Sequence[Weights]
) -> list[dict[str, Any]]:
    """A line for each seed and epoch."""
    group = make_group(given, task)
    training, split, found = Training(group), single_words(len(task.vocabulary)), []
    for epochs in EPOCHS[given[0].encoder]:
        training.advance(round(epochs * group.schedule.epoch_ends[0]))
        logits = training.logits(split)
        for spec, each in zip(given, logits[..., 1] - logits[..., 0], strict=False):
            rho = [spearman(each[words.compared], own[words.compared]) for own in weights]
            found.append(
                {
                    "data": spec.corpus,
                    "encoder": spec.encoder,
                    "seed": spec.seed,
                    "epoch": epochs,
                    "matched_c": C[int(np.argmax(rho))],
                    "rho": {shown_c(c): rounded(own) for c, own in zip(C, rho, strict=True)},
                    "polarity": words.polarity(each),
                }
            )
    return found


def settings() -> str:
    """How everything was trained, in words."""
    trained = "; ".join(
        f"{name} {plan.seeds} seeds, "
        + ", ".join(f"{key} {value:g}" for key, value in plan.settings.items())
        for name, plan in PLANS.items()
    )
    cut = "; ".join(
        f"{data} has " + ", ".join(f"{key} {value}" for key, value in given.items())
        for data, given in DATA.items()
        if given
    )
    shared = ", ".join(f"{key} {value}" for key, value in SHARED.items() if value is not None)
    return (
        f"{shared}; {trained}; {cut}. The mean's rate is that of two, tried on MR with one seed, "
        "at which the pilot of the prediction is found again. Words' log-odds are counted in "
        "validation and test texts, or in the polarity_corpus, none of which is trained on, where "
        f"{LEAST_HELD} texts or more "
        f"have a word; strata are by training counts and have {LEAST_WORDS} words or more. "
        "Logistic regression reads word counts over text length; its bias is penalised like a "
        "weight."
    )


def lines_of(data: str, encoders: Sequence[str]) -> list[dict[str, Any]]:
    """All lines of one data set."""
    every = {name: specs(data, name) for name in encoders if data in PLANS[name].data}
    if not every:
        return []
    first = next(iter(every.values()))[0]
    task = prepare_task(first)
    words = words_of(task, first.polarity_corpus)
    features = shares(task.train.ids, len(task.vocabulary))
    weights = regressions(features, task.train.labels)
    found = of_regressions(data, words, weights)
    for encoder, given in every.items():
        progress.tell(f"{data}: {encoder}")
        found += of_runs(given, task, words, weights)
    return found


def main() -> None:
    """Makes the lines of some data sets and encoders, and writes the table of all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", nargs="*", default=list(DATA), choices=DATA)
    parser.add_argument("--encoder", nargs="+", default=list(PLANS), choices=PLANS)
    given = parser.parse_args()
    keep_memory()
    every: Sequence[Mapping[str, Any]] = joined([], FOLDER, "table", "data", "encoder")
    for data in given.data:
        every = joined(lines_of(data, given.encoder), FOLDER, "table", "data", "encoder")
        order = [COUNTS, *PLANS]
        every = sorted(every, key=lambda e: ([*DATA].index(e["data"]), order.index(e["encoder"])))
        write(table(every, settings()), FOLDER, "table")
    save(draw(every), FOLDER / "figure.png")
    print(write(table(every, settings()), FOLDER, "table"))


if __name__ == "__main__":
    main()
