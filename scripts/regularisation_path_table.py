"""The table of `regularisation_path.py`: its predictions, and the numbers that decide them."""

from collections.abc import Callable, Sequence
from statistics import mean
from typing import Any

from regularisation_path_checks import (
    COUNTS,
    EPOCHS,
    LEAST_DATA,
    LEAST_RHO,
    MATCHED,
    NO,
    OPEN,
    YES,
    Line,
    above,
    best,
    curves,
    drop,
    fall_of_weights,
    falls,
    lower,
    matched,
    own,
    places,
    rises,
    shown_c,
    strata,
    verdict,
)

from embexp.measures.statistics import mean_interval
from embexp.report.formatting import HOLE, Grid, Table, bounds, interval, number


def counted(each: Sequence[str]) -> str:
    """How many are as predicted, how many not, and how many are open."""
    beside = (f"{each.count(one)} {title}" for one, title in ((NO, "not"), (OPEN, "undecided")))
    return "; ".join([f"{each.count(YES)} of {len(each)}", *(b for b in beside if b[:2] != "0 ")])


def concluded(grid: Grid) -> list[str]:
    """Which predictions are held, not held and undecided, a paragraph each where there are any."""
    told = []
    for title in ("held", "not held", "undecided"):
        own = [f"{what} ({on}: {each})" for what, on, each, said in grid.body if said == title]
        if own:
            told.append(f"{title.capitalize()}: {', '.join(own)}.")
    return told


def least_and_most(lines: Sequence[Line], encoder: str) -> str:
    """The best matches of an encoder on the data sets where they are least and most."""
    found = {
        data: above(curves(own(lines, data, encoder), best).max(axis=1), LEAST_RHO)
        for data, name in places(lines)
        if name == encoder
    }
    ends = (
        min(found, key=lambda data: found[data].mean),
        max(found, key=lambda data: found[data].mean),
    )
    told = (f"{interval(found[data])} ({data})" for data in dict.fromkeys(ends))
    return f"Best match under {encoder}: {' to '.join(told)}."


def answers(lines: Sequence[Line]) -> Grid:
    """Every prediction with what decides it."""
    trained = places(lines)
    means = [data for data, encoder in trained if encoder == "mean"]
    risen = [rises(curves(own(lines, data, "mean"), matched)).verdict for data in means]
    near = [
        above(curves(own(lines, data, "mean"), best).max(axis=1), LEAST_RHO).verdict
        for data in means
    ]
    body = [
        (f"matched C rises on {LEAST_DATA} data sets", "mean", risen, LEAST_DATA),
        (f"best match has ρ ≥ {number(LEAST_RHO, 1)}", "mean", near, None),
    ]
    others = dict.fromkeys(encoder for _, encoder in trained if encoder != "mean")
    for encoder in others:
        less = [lower(lines, data, name).verdict for data, name in trained if name == encoder]
        body.append(("best match is lower than the mean's", encoder, less, None))
    body += [
        ("polarity decays in every stratum", encoder, falls(lines, encoder), None)
        for encoder in ("mean", *others)
    ]
    fallen = [
        YES if fall_of_weights(lines, data, name) > 0 else NO
        for data in means
        for name in strata(lines, data)
    ]
    body.append(("polarity of the weights falls with C", COUNTS, fallen, None))
    return Grid(
        "What was predicted",
        ("prediction", "encoder", "as predicted", "verdict"),
        tuple(
            (what, encoder, counted(each), verdict(each, least))
            for what, encoder, each, least in body
        ),
        2,
    )


def spelled(of: Sequence[Any], digits: int) -> str:
    """A mean with its interval, to so many digits."""
    mean, low, high, *_ = of
    return f"{number(mean, digits)} {bounds(low, high, digits)}".rstrip()


def by_epoch(title: str, lines: Sequence[Line], of: Callable[[Line], float], ends: str) -> Grid:
    """A value for each data set, encoder and epoch, with what is decided at the end."""
    epochs = EPOCHS["mean"]
    body = []
    for data, encoder in places(lines):
        found = curves(own(lines, data, encoder), of)
        last = rises(found) if of is matched else above(found.max(axis=1), LEAST_RHO)
        digits = 1 if of is matched else 3
        shown = [spelled(mean_interval(column), digits) for column in found.T]
        shown += [HOLE] * (len(epochs) - len(shown))
        body.append((data, encoder, *shown, spelled(last, digits), last.verdict, str(len(found))))
    header = ("data", "encoder", *(f"epoch {epoch:g}" for epoch in epochs))
    decided = "rises" if of is matched else f"≥ {number(LEAST_RHO, 1)}"
    return Grid(title, (*header, ends, decided, "seeds"), tuple(body), 2)


def decay(lines: Sequence[Line]) -> Grid:
    """Polarity by stratum and epoch, and how far it falls from its peak."""
    epochs, body = EPOCHS["mean"], []
    for data, encoder in places(lines):
        sizes = own(lines, data, COUNTS)[0]["words"]
        for name in (MATCHED, *strata(lines, data)):
            found = curves(
                own(lines, data, encoder), lambda line, name=name: line["polarity"][name]
            )
            shown = [interval(mean_interval(column)) for column in found.T]
            shown += [HOLE] * (len(epochs) - len(shown))
            fell = drop(found)
            body.append(
                (data, encoder, name, str(sizes[name]), *shown, interval(fell), fell.verdict)
            )
    header = ("data", "encoder", "words", "number", *(f"epoch {epoch:g}" for epoch in epochs))
    title = "Held-out polarity of words' logits: Spearman's ρ with their log-odds"
    return Grid(title, (*header, "fall from the peak", "decays"), tuple(body), 3)


def weights(lines: Sequence[Line]) -> Grid:
    """Polarity of the regression's weights by stratum and C."""
    body = []
    for data in dict.fromkeys(line["data"] for line in lines):
        each = own(lines, data, COUNTS)
        for name in (MATCHED, *strata(lines, data)):
            values = [number(line["polarity"][name]) for line in each]
            body.append((data, name, *values, number(fall_of_weights(lines, data, name))))
    powers = [shown_c(line["c"]) for line in own(lines, lines[0]["data"], COUNTS)]
    title = "Held-out polarity of logistic regression's weights"
    return Grid(title, ("data", "words", *powers, "fall over matched C"), tuple(body), 2)


def beside(lines: Sequence[Line]) -> Grid:
    """Polarity of logits, and of the weights of the C that they match."""
    epochs, body = EPOCHS["mean"], []
    for data, encoder in places(lines):
        known = {line["c"]: line["polarity"][MATCHED] for line in own(lines, data, COUNTS)}
        shown = []
        for epoch in EPOCHS[encoder]:
            now = [line for line in own(lines, data, encoder) if line["epoch"] == epoch]
            logits = mean(line["polarity"][MATCHED] for line in now)
            shown.append(
                f"{number(logits)}, {number(mean(known[each['matched_c']] for each in now))}"
            )
        body.append((data, encoder, *shown, *[HOLE] * (len(epochs) - len(shown))))
    header = ("data", "encoder", *(f"epoch {epoch:g}" for epoch in epochs))
    title = f"Polarity of logits, and of the weights of the C they match: words {MATCHED}"
    return Grid(title, header, tuple(body), 2)


def edges(lines: Sequence[Line]) -> str:
    """How many matches lie at an end of the grid of C, where the true one may lie beyond."""
    grid = {line["c"] for line in lines if line["encoder"] == COUNTS}
    runs = [line for line in lines if line["encoder"] != COUNTS]
    told = []
    for end in (min(grid), max(grid)):
        at = [line for line in runs if line["matched_c"] == end]
        where = dict.fromkeys(f"{e['data']} {e['encoder']} epoch {e['epoch']:g}" for e in at)
        told.append(f"{len(at)} at {shown_c(end)}" + (f" ({', '.join(where)})" if at else ""))
    return f"Of {len(runs)} matched C lie at an end of the grid: {'; '.join(told)}."


def table(lines: Sequence[Line], settings: str) -> Table:
    """All grids, with how their numbers were made."""
    compared = {line["data"]: line["compared"] for line in lines if line["encoder"] == COUNTS}
    sizes = ", ".join(f"{data} {number}" for data, number in compared.items())
    found = answers(lines)
    caption = (
        *concluded(found),
        " ".join(
            least_and_most(lines, name) for name in dict.fromkeys(e for _, e in places(lines))
        ),
        settings,
        (
            "A word's logit is that of the text that has this word alone, second class less first. "
            "The matched C is the one whose weights have the largest Spearman's ρ with the logits, "
            f"over words that training has five times or more ({sizes}). {edges(lines)}"
        ),
        (
            "Mean over seeds [95 % interval, Student's t]; what another draw of texts or words "
            "would change is not in it. The rise of the matched C is from the first epoch to the "
            "last, as predicted if the mean never falls between two epochs and the rise is shown. "
            "A best match is the largest of a run's epochs, and above a level if its interval is; "
            "one is lower than the mean's if that is shown, seed by seed, over the epochs that "
            "both have. Polarity decays in a stratum if its fall to the last epoch is shown, from "
            "the epoch that is highest in the mean of the other seeds. The regression has no "
            "seeds and no interval; polarity of its weights falls if it is lower at the largest C "
            "that a run of the mean matches than at the least, a rule that was made stricter once "
            "results were known."
        ),
    )
    levels = by_epoch("Matched C, as its power of ten", lines, matched, "rise")
    matches = by_epoch("Spearman's ρ at the matched C", lines, best, "best match")
    return Table(
        title="Is training on a path of regularisation?",
        caption=caption,
        summary=(found,),
        details=(levels, matches, beside(lines), decay(lines), weights(lines)),
        notes=(),
        objects=tuple(dict(line) for line in lines),
    )
