"""Is Keras's own IMDB example as unsteady as ours, on the same ids and splits?

The ids and splits are those of experiments/imdb_keras.py.

    EMBEXP_DATA=… python benchmarks/keras_imdb.py [--seeds 5] [--clip 1.0]

Needs `pip install -e ".[demo,peers]"`. Embedding(5000, 32), LSTM(100), one sigmoid,
Adam, batches of 64, reviews filled up in front to 500 words, all 25,000 trained on, as
`padding="pre", holdout="none"` there. Prints the test accuracy after each epoch as
Markdown. Some minutes a seed on two cores.
"""

import argparse
import os
from importlib import import_module
from typing import Any

import numpy as np

from embexp.malloc import keep_memory
from embexp.measures.statistics import mean_interval
from embexp.report.formatting import bounds, number

LENGTH, WORDS, EPOCHS, FIRST = 500, 5000, 3, 5


def reviews() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Padded ids and labels, to train on (validation texts among them) and to test on."""
    from embexp.data.keras import Tokenizer, pad
    from embexp.synthetic import load_corpus

    tokenizer, corpus = (
        Tokenizer.imdb(os.environ["EMBEXP_DATA"], num_words=WORDS),
        load_corpus("imdb"),
    )
    found = {
        name: (pad(tokenizer.encode(split.texts), LENGTH), np.asarray(split.labels))
        for name, split in corpus.splits.items()
    }
    train = tuple(
        np.concatenate(parts) for parts in zip(found["train"], found["validation"], strict=True)
    )
    return {"train": (train[0], train[1]), "test": found["test"]}


def accuracies(
    data: dict[str, tuple[np.ndarray, np.ndarray]], seed: int, clip: float | None
) -> list[float]:
    """Keras's test accuracy after each epoch."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras: Any = import_module("keras")
    layers = keras.layers
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [layers.Embedding(WORDS, 32), layers.LSTM(100), layers.Dense(1, activation="sigmoid")]
    )
    model.compile(
        loss="binary_crossentropy",
        optimizer=keras.optimizers.Adam(global_clipnorm=clip),
        metrics=["accuracy"],
    )
    fitted = model.fit(
        *data["train"], validation_data=data["test"], epochs=EPOCHS, batch_size=64, verbose=0
    )
    return fitted.history["val_accuracy"]


def main() -> None:
    """Prints a line for each seed and the mean after the last epoch."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--clip", type=float)
    given = parser.parse_args()
    keep_memory()
    data, ends = reviews(), []
    print(
        "| seed | "
        + " | ".join(f"epoch {epoch + 1}" for epoch in range(EPOCHS))
        + " |\n|---|"
        + "---|" * EPOCHS
    )
    for seed in range(FIRST, FIRST + given.seeds):
        found = accuracies(data, seed, given.clip)
        ends.append(found[-1])
        print(f"| {seed} | {' | '.join(map(number, found))} |", flush=True)
    mean, low, high = mean_interval(ends)
    how = f"gradient norm clipped at {given.clip}" if given.clip else "as it stands"
    print(f"\nKeras after the last epoch {number(mean)} {bounds(low, high)}, {how}")


if __name__ == "__main__":
    main()
