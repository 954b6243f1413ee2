"""The catalogue of measures: what each name in rows, tables and figures stands for."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

from embexp.errors import unknown
from embexp.measures.analogies import ANALOGIES
from embexp.measures.antonyms import ANTONYM_AUC, ANTONYM_AUC_ADJECTIVES, POLAR_ANTONYM_AUC
from embexp.measures.entry import Measure
from embexp.measures.evaluated import EvaluatedWords
from embexp.measures.multi_label import MULTI_LABEL
from embexp.measures.pairs import pair_words
from embexp.measures.probe_controls import PROBE_CONTROLS
from embexp.measures.probes import PROBES
from embexp.measures.purity import OWN_PURITY, PURITY
from embexp.measures.ranking import RANKING
from embexp.measures.reference import REFERENCE
from embexp.measures.regression import REGRESSION
from embexp.measures.semantic import (
    OVERLAP,
    OVERLAP_REFERENCE,
    OWN_SIMILARITY,
    SIMILARITY,
    cosine_of,
)
from embexp.measures.sentences import SENTENCES
from embexp.measures.sentiment import LEXICON_CONSISTENCY, POLARITY
from embexp.measures.shape import SHAPE
from embexp.measures.task import COVERAGE, TASK

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        *TASK,
        *RANKING,
        *MULTI_LABEL,
        *REGRESSION,
        *SIMILARITY,
        *ANALOGIES,
        *PURITY,
        OVERLAP,
        OVERLAP_REFERENCE,
        *REFERENCE,
        ANTONYM_AUC,
        ANTONYM_AUC_ADJECTIVES,
        POLARITY,
        POLAR_ANTONYM_AUC,
        *LEXICON_CONSISTENCY,
        *PROBES,
        *PROBE_CONTROLS,
        *SHAPE,
        *SENTENCES,
        *COVERAGE,
    )
}
"""Every measure with a fixed name. An entry put here by a user is measured like the others.

`describe` also knows a measure with another lexical resource (`lexicon@10(huliu)`), a
user's own pairs and categories (`OWN`) and the cosines of two words.
"""

OWN: Mapping[str, Measure] = {"similarity": OWN_SIMILARITY, "purity": OWN_PURITY}
"""Measures that have no default resource; the name of one stands in brackets."""


def describe(name: str) -> Measure:
    """The measure of that name, with the resources that the name gives in brackets.

    >>> describe("lexicon@10(huliu)").resource
    {'lexicon': 'huliu'}

    Raises:
        InputError: there is none; the message names the nearest.
    """
    if name in MEASURES:
        return MEASURES[name]
    if words := pair_words(name):
        return Measure(
            name,
            f"cos({', '.join(words)})",
            "cosine, −1 to 1",
            "geometry",
            None,
            0.0,
            "cosine of two words' vectors",
            function=cosine_of,
            parameters=dict(zip(("word1", "word2"), words, strict=True)),
            each_step=True,
        )
    base, _, inside = name.removesuffix(")").partition("(")
    measure = OWN.get(base) or MEASURES.get(base)
    if measure is None or not measure.resource or not inside or not name.endswith(")"):
        raise unknown("measure", name, [*MEASURES, "cos(word1,word2)"])
    chosen = inside.split(",")
    if len(chosen) != len(measure.resource):
        chosen = [inside] * len(measure.resource)
    return _with(measure, dict(zip(measure.resource, chosen, strict=True)))


def _with(measure: Measure, resource: Mapping[str, str]) -> Measure:
    """A measure with these resources; unless they are its own, they stand in its name and title."""
    if resource == measure.resource:
        return measure
    names = ",".join(dict.fromkeys(resource.values()))
    title = measure.title if "{}" in measure.title else f"{measure.title} ({{}})"
    return replace(
        measure, name=f"{measure.name}({names})", title=title.format(names), resource=resource
    )


def applicable(words: EvaluatedWords, *, each_step: bool = False) -> list[Measure]:
    """The measures of a table that these words have the resources for.

    Measures of word pairs come first: those with scores, then relations, then the
    cosines of tracked pairs.

    Args:
        each_step: only those that runs take at each evaluation step.
    """
    found = [
        measure
        for entry in (*MEASURES.values(), *OWN.values())
        if entry.function and (entry.each_step or not each_step)
        for measure in _variants(entry, words)
    ]
    found += [describe(name) for name in words.tracked]
    return sorted(
        found,
        key=lambda measure: (
            "similarity" not in measure.resource,
            "relations" not in measure.resource,
            "word1" not in measure.parameters,
        ),
    )


def _variants(entry: Measure, words: EvaluatedWords) -> Iterator[Measure]:
    """The entry with its own resources, and with every other that was asked for.

    Other word pairs with scores and other categories belong to the entries of `OWN`.
    """
    resources = words.resources
    taken = [measure.resource for measure in MEASURES.values()]
    for chosen in product(*(getattr(resources, kind) for kind in entry.resource)):
        resource = dict(zip(entry.resource, chosen, strict=True))
        others = resource.items() - entry.resource.items()
        if entry in OWN.values():
            wanted = resource not in taken
        elif entry.resource.keys() & {"similarity", "categories"}:
            wanted = not others
        else:
            wanted = others.isdisjoint(resources.defaults)
        if wanted:
            yield _with(entry, resource)
