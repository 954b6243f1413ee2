"""All measures of one table: those that runs take at each step, or all there are."""

from collections.abc import Iterator

import numpy as np

from embexp.measures.arrays import Items
from embexp.measures.catalogue import applicable
from embexp.measures.statistics import Value
from embexp.measures.summary import MeasuredTable


def table_measures(table: MeasuredTable, *, each_step: bool = True) -> Iterator[tuple[str, Value]]:
    """Every measure of a table that its words have the resources for, with its name.

    Args:
        each_step: only the measures that runs take at each evaluation step.
    """
    for measure in applicable(table.words, each_step=each_step):
        if (value := measure.of(table)) is not None:
            yield measure.name, value


def table_scores(table: MeasuredTable) -> Iterator[tuple[str, Items]]:
    """The scores of single items, such as pairs of words, of the measures that have them.

    A measure that is undefined has none.
    """
    for measure in applicable(table.words, each_step=True):
        if measure.scores is not None:
            scores = measure.scores(table, **measure.resource, **measure.parameters)
            if not np.isnan(scores).all():
                yield measure.name, scores


def strata_measures(table: MeasuredTable) -> Iterator[tuple[str, Value]]:
    """The measures that are also taken in each stratum of words, if the table is to have them.

    The read-out and neighbours are those of all words. A stratum with few words gives
    no value.
    """
    measures = [each for each in applicable(table.words, each_step=True) if each.by_stratum]
    for name in table.strata:
        view = table.within(name)
        for measure in measures:
            if (value := measure.of(view)) is not None:
                yield measure.name, value._replace(stratum=name)
