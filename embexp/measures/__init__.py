"""Measures of tables, of texts' representations and of tasks, by name."""

from embexp.measures.catalogue import MEASURES as MEASURES, describe as describe
from embexp.measures.entry import Measure as Measure
from embexp.measures.evaluated import (
    EvaluatedWords as EvaluatedWords,
    evaluated_words as evaluated_words,
)
from embexp.measures.intrinsic import measure as measure
from embexp.measures.pairs import pair_measure as pair_measure, pair_words as pair_words
from embexp.measures.resources import (
    LexicalResources as LexicalResources,
    lexical_resources as lexical_resources,
)
from embexp.measures.sentiment import known_log_odds as known_log_odds
from embexp.measures.solved import SOLVED as SOLVED
from embexp.measures.statistics import Difference as Difference, Value as Value
from embexp.measures.summary import MeasuredTable as MeasuredTable
from embexp.measures.tables import (
    strata_measures as strata_measures,
    table_measures as table_measures,
    table_scores as table_scores,
)
from embexp.measures.word_sheet import read_word_sheet as read_word_sheet
