"""The texts on which the arms of a folder disagree, read from its corpus where it is at hand."""

from pathlib import Path
from typing import TYPE_CHECKING

from embexp.errors import InputError

if TYPE_CHECKING:
    from embexp.records import Results
    from embexp.report.arms import Runs
    from embexp.report.disagreement import KnownTexts
    from embexp.report.formatting import Table


def disagreements(folder: Path, found: "Results") -> "Table":
    """The table of texts on which arms disagree, with the texts or why they are not shown.

    Args:
        found: what the folder holds, of one split of the texts and without trials.

    Raises:
        InputError: there are no two arms with scores of the same texts.
    """
    from embexp import records
    from embexp.report import disagreement

    rows, runs, _ = found
    scores = records.scores_of(folder, runs)
    return disagreement.table(rows, runs, scores, lambda: texts_of(runs))


def texts_of(runs: "Runs") -> "KnownTexts":
    """The test texts of the runs' corpus as they are now.

    Raises:
        InputError: the corpus is not at hand, or is another than the runs were made from.
    """
    from embexp.data.corpus import Corpus, split_anew
    from embexp.report.arms import BASELINE
    from embexp.report.disagreement import KnownTexts
    from embexp.runner.searched import spec_of
    from embexp.tasks.encoded import read_corpus

    trained = [run for run in runs.values() if not run["spec"]["regime"].startswith(BASELINE)]
    made_from = {run["data"].get("corpus") for run in trained if run["error"] is None}
    if len(made_from) != 1:
        raise InputError("the runs are of several corpora")
    spec = spec_of(trained[0])
    corpus = read_corpus(spec)
    if not isinstance(corpus, Corpus):
        raise InputError(f"{spec.corpus!r} has labels of tokens")
    if {corpus.checksum} != made_from:
        raise InputError(f"{spec.corpus!r} is not the corpus that these runs were made from")
    test = (split_anew(corpus, spec.split) if spec.split else corpus).splits["test"]
    texts = [each if isinstance(each, str) else " / ".join(each) for each in test.texts]
    return KnownTexts(texts, [corpus.labels[int(label)] for label in test.labels])
