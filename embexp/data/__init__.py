"""Texts, labels and splits: where they come from, and how they become ids."""

from embexp.data.corpora import read_corpus as read_corpus
from embexp.data.corpus import Corpus as Corpus, Split as Split
from embexp.data.describe import describe as describe
from embexp.data.files import read_labelled as read_labelled
from embexp.data.held import corpus_of as corpus_of
from embexp.data.registry import CORPORA as CORPORA
from embexp.data.sources import CorpusSource as CorpusSource
from embexp.data.tokens import (
    Ids as Ids,
    Numbered as Numbered,
    check_ids as check_ids,
    encode as encode,
    tokenize as tokenize,
)
