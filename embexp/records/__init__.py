"""Rows of measured values and the runs they belong to, in files that damage cannot falsify.

A working folder holds `rows.jsonl`, one measured value a line, and `runs.jsonl`, one line
when a run ends. The line of a run is written last and seals what belongs to it: a checksum
of its rows, of its files (logits, scores, parameters) and of itself. What does not match
its checksum does not count: it is reported as damage, and the run is made again. Published
folders hold the same rows as `rows.parquet`, and the same scores of single items.
"""

from embexp.records.reading import (
    OTHER_DATA as OTHER_DATA,
    Results as Results,
    damage as damage,
    ended_well as ended_well,
    is_trial as is_trial,
    lost as lost,
    read as read,
    read_rows as read_rows,
    read_runs as read_runs,
    read_scores as read_scores,
)
from embexp.records.schema import (
    PUBLISHED as PUBLISHED,
    ROWS as ROWS,
    RUNS as RUNS,
    Row as Row,
    Run as Run,
    digest as digest,
    rounded as rounded,
)
from embexp.records.scores import (
    RunScores as RunScores,
    coarse as coarse,
    scores_file as scores_file,
    scores_of as scores_of,
    write_scores as write_scores,
)
from embexp.records.word_paths import (
    WordPaths as WordPaths,
    read_word_paths as read_word_paths,
    write_word_paths as write_word_paths,
)
from embexp.records.writing import append as append, publish as publish
