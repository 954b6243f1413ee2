"""How much polarity is in a table, by neighbours, by a probe, and by the code that it saves?

Three measures of one kind of table, each with its control, go to
`results/reproductions/probes.md`: the polarity consistency of Tang et al. (2014, eq. 10, the
100 nearest lexicon words) with shuffled signs, the selectivity of Hewitt & Liang (2019, §2) of
a linear probe, and the online code length of Voita & Titov (2020, §2.2) with random labels.
Tables are GloVe 6B 100d, which is what a frozen arm keeps, the same tuned on SST-2, one trained
from a random start, and one trained so on shuffled labels, of five seeds each under a mean. It
needs SST-2, the lexicon of Hu & Liu and GloVe below EMBEXP_DATA, and some ten minutes of one
core.

    python scripts/probes.py
    python scripts/probes.py --quick         # one seed of two epochs; only prints

Where it differs: Tang's vectors are trained on tweets, and so many more words of the same
lexicon are covered; with it theirs (SSWE-u) have .7730 and word2vec .6622, from memory. No
value was found for the other two, which were published for other tasks.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from neighbours import frequent
from reproduction import is_quick, show

from embexp import Vectors, grid, load_vectors, progress, run, trained
from embexp.grids import UNMEASURED
from embexp.measures.geometry import nearest
from embexp.measures.lexicons import lexicon
from embexp.measures.probe_controls import lexicon_codelength, lexicon_selectivity
from embexp.measures.probes import polar_words
from embexp.measures.replicates import replicate_mean
from embexp.measures.sentiment import consistency
from embexp.measures.statistics import Value, Z, mean_interval
from embexp.report.formatting import Grid, Table, interval, number

GLOVE, LEXICON = "glove-6b-100d", "huliu"
REGIMES = ("frozen", "tuned", "random", "random-labels")
NEAREST = 100

Valence = Mapping[str, float]


def tang(vectors: Vectors, valence: Valence) -> Value:
    """Equation 10 as it is printed: a word's share of neighbours of its sign, in [0, 1].

    Chance is the mean share for shuffled signs. The interval takes words as independent.
    """
    rows, classes, _, total = polar_words(vectors, valence)
    found = nearest(rows, np.arange(len(rows)), NEAREST)
    shares = (classes[found] == classes[:, None]).mean(axis=1)
    sizes = np.bincount(classes)
    chance = float((sizes * (sizes - 1)).sum() / (len(rows) * (len(rows) - 1)))
    return Value(*mean_interval(shares), len(rows), total, chance)


def balanced(vectors: Vectors, valence: Valence) -> Value:
    """The same, with both signs counted alike; chance just under ½."""
    rows, classes, _, _ = polar_words(vectors, valence)
    every = np.arange(len(rows))
    found = nearest(rows, every, NEAREST)
    return consistency(found, 2 * classes - 1, np.full(len(rows), fill_value=True), every)


MEASURES: Mapping[str, Callable[[Vectors, Valence], Value]] = {
    "consistency (eq. 10)": tang,
    "consistency, balanced": balanced,
    "selectivity": lexicon_selectivity,
    "code length, bits": lexicon_codelength,
}


def lines(seeds: int, epochs: int, folder: Path) -> list[dict[str, Any]]:
    """A line for each regime, seed and measure, all of the same words."""
    specs = grid(
        corpus="sst2",
        vectors=GLOVE,
        regime=list(REGIMES),
        encoder="mean",
        vocabulary="training",
        seed=range(seeds),
        epochs=epochs,
        learning_rate=1e-2,
        table_rate=3e-3,
        **UNMEASURED,
    )
    run(specs, results=folder, save_models=True)
    glove, signs, found = load_vectors(GLOVE), lexicon(LEXICON), []
    for spec in specs:
        made = trained(spec, results=folder)
        shared = {word for word in frequent(made.vocabulary) if word in glove}
        valence = {word: value for word, value in signs.items() if word in shared}
        for name, measure in MEASURES.items():
            value = measure(made.vectors, valence)
            about = {"regime": spec.regime, "seed": spec.seed, "measure": name}
            found.append({**about, **value._asdict()})
        progress.tell(f"{spec.regime}, seed {spec.seed} is measured")
    return found


def over(values: Sequence[Mapping[str, Any]]) -> Float[np.ndarray, "bounds"]:
    """The mean over seeds and its interval over seeds and words."""
    errors = np.array([(line["high"] - line["low"]) / (2 * Z) for line in values])
    return np.array(replicate_mean(np.array([line["value"] for line in values]), errors)[:3])


def table(found: Sequence[Mapping[str, Any]]) -> Table:
    """The measures of each regime, with their controls, and a sentence for each measure."""
    body, said = [], []
    for name in MEASURES:
        means = {}
        for regime in dict.fromkeys(line["regime"] for line in found):
            own = [line for line in found if (line["regime"], line["measure"]) == (regime, name)]
            chance = float(np.mean([line["chance"] for line in own]))
            means[regime] = interval(tuple(over(own)))
            seeds = str(len(own))
            body.append((name, regime, seeds, str(own[0]["n"]), means[regime], number(chance)))
        listed = ", ".join(f"{regime} {text}" for regime, text in means.items())
        said.append(f"{name[0].upper()}{name[1:]}: {listed}.")
    header = ("measure", "regime", "seeds", "words", "value [95 %]", "control")
    return Table(
        title="Polarity by neighbours, by a probe and by its code",
        caption=(
            (
                "Words of the lexicon of Hu & Liu that SST-2's training sentences have often "
                f"enough and GloVe knows; consistency is of the {NEAREST} nearest. Controls "
                "are shuffled signs; selectivity has its control's accuracy taken off, and a "
                "shorter code is better. Intervals are over seeds and words."
            ),
            *said,
        ),
        summary=(Grid("", header, tuple(body), 2),),
        details=(),
        notes=(),
        objects=tuple(dict(line) for line in found),
    )


def main() -> None:
    """Makes the table."""
    quick = is_quick(__doc__, "one seed, two epochs")
    folder = Path("runs", "probes-quick" if quick else "probes")
    found = lines(1, 2, folder) if quick else lines(5, 10, folder)
    show(table(found), "probes", quick=quick)


if __name__ == "__main__":
    main()
