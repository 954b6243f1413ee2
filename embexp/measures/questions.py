"""Analogy questions: Google's, or a user's own."""

from dataclasses import dataclass
from pathlib import Path

from embexp.errors import InputError
from embexp.measures import data_files
from embexp.measures.data_files import Location

QUESTION_SETS = {
    "google": Location(
        ("similarity/analogy.questions-words.txt.gz",),
        ("gensim", "test/test_data/questions-words.txt"),
    ),
    "google-phrases": Location(("similarity/analogy.questions-phrases.txt.gz",)),
}
"""Where the known sets of English lie."""
OTHER_LANGUAGES = {
    name: Location((f"multilingual/similarity/{file}.txt.gz",))
    for name, file in {
        "zh-ca8-semantic": "zh.analogy-CA8-semantic",
        "zh-ca8-morphological": "zh.analogy-CA8-morphological",
        "ko-analogies": "ko.analogy",
    }.items()
}
"""Sets of other languages, read where they are named: Chinese (Li et al. 2018, CA8) and Korean
(Park et al. 2018)."""


@dataclass(frozen=True)
class Questions:
    """Questions "a is to b as c is to which d?" as written, each with its section."""

    name: str
    words: tuple[tuple[str, str, str, str], ...]
    sections: tuple[str, ...]

    def __len__(self) -> int:
        """The number of questions."""
        return len(self.words)


def analogy_questions(name_or_path: str | Path = "google") -> Questions:
    """Questions by name or from a file with four words a line.

    `google` (Mikolov et al. 2013) has 19,544 questions in 14 sections. A line that
    begins with a colon names the section of the lines after it.

    Raises:
        InputError: an unknown name, a missing file, a line of other than four words, or
            no question.
    """
    name, (path,) = data_files.resource_files(
        name_or_path, "set of analogies", QUESTION_SETS | OTHER_LANGUAGES, "four words a line"
    )
    words, sections, section = [], [], ""
    for line, text in data_files.read_lines(path):
        fields = text.split()
        if fields[0] == ":":
            section = " ".join(fields[1:])
        elif len(fields) == 4:
            words.append(tuple(fields))
            sections.append(section)
        else:
            raise InputError(
                f"{path}, line {line}: a question is four words, but this line is {text[:60]!r}"
            )
    if not words:
        raise InputError(f"{path} holds no question of four words")
    return Questions(name, tuple(words), tuple(sections))
