"""A user's files: every format gives the same texts, and every mistake its sentence."""

import bz2
import gzip
import io
import json
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from embexp.data.files import READERS, checksum, read_labelled, read_texts, split_files
from embexp.data.labels import class_names
from embexp.data.readers import LINE
from embexp.errors import InputError

TEXTS = ['a fine, "fine" film', "two\nlines", "naïve 北京", ""]
LABELS = ["pos", "neg", "neg", "pos"]
CSV = (
    'id,text,label\r\n1,"a fine, ""fine"" film",pos\r\n2,"two\nlines",neg\r\n3,naïve 北京, neg\r\n'
    "\r\n4,,pos\r\n"
)
PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def written(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


Write = Callable[[str, str | bytes], Path]


@pytest.mark.parametrize("packed", PACK)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_csv_with_everything(write: Write, packed: str, mark: bytes) -> None:
    path = write(f"reviews.csv{packed}", PACK[packed](mark + CSV.encode()))
    assert read_labelled(path) == (TEXTS, LABELS)
    assert read_labelled(path, "text", "id").labels == list("1234")


def test_delimiters_other_than_the_comma(write: Write) -> None:
    assert read_labelled(write("a.csv", 'text;label\n"a; b";x\n')) == (["a; b"], ["x"])
    assert read_labelled(write("b.csv", "text\tlabel\na, b\tx\n")).labels == ["x"]


def test_without_a_header_columns_are_counted(write: Write) -> None:
    path = write("a.tsv", "pos\tgood\nneg\tbad\n")
    assert (
        read_labelled(path, 1, 0, header=False)
        == read_labelled(path, "1", "0", header=False)
        == (["good", "bad"], ["pos", "neg"])
    )
    with pytest.raises(InputError, match="which column holds the texts"):
        read_labelled(path, header=False)


def test_tsv_quotes_hold_breaks_or_mean_nothing(write: Write) -> None:
    assert read_labelled(write("a.tsv", 'text\tlabel\n"so called\tx\nsay "hi"\ty\n')).texts == [
        '"so called',
        'say "hi"',
    ]
    assert read_labelled(write("b.tsv", 'text\tlabel\n"two\nlines"\tx\n"a ""b"""\ty\n')).texts == [
        "two\nlines",
        'a "b"',
    ]


def test_json_lines_and_lists(write: Write) -> None:
    records = [
        {"text": text, "label": label, "more": [1]}
        for text, label in zip(TEXTS, LABELS, strict=True)
    ]
    lines = "\n".join(map(json.dumps, records))
    for name in ("a.jsonl", "a.ndjson", "a.json"):
        assert read_labelled(write(name, lines + "\n\n")) == (TEXTS, LABELS)
    assert read_labelled(write("b.json", json.dumps(records))) == (TEXTS, LABELS)


def test_parquet(write: Write, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"text": TEXTS, "label": [1, 0, 0, 1]}), tmp_path / "a.parquet")
    assert read_labelled(tmp_path / "a.parquet") == (TEXTS, list("1001"))
    with pytest.raises(InputError, match="no sound Parquet"):
        read_labelled(write("b.parquet", b"PAR1 no"))


def test_a_row_that_lacks_its_text_is_named_in_training_and_in_what_is_predicted(write) -> None:
    for line in ('{"txt": "good", "label": 1}', '{"text": null, "label": 1}'):
        path = write("a.jsonl", '{"text": "", "label": 0}\n' + line + "\n")
        for read in (read_labelled, lambda path: read_texts(path, "text")):
            with pytest.raises(InputError, match=r"a\.jsonl, line 2 has no text in 'text'"):
                read(path)


@given(st.text("a\n\r\x0b\u2028"))
def test_lines_end_where_those_of_files_do(content: str) -> None:
    assert LINE.findall(content) == list(io.StringIO(content, newline=""))


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip),
            st.sampled_from("ab"),
        ),
        min_size=1,
    )
)
def test_json_lines_give_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("rows") / "a.jsonl"
    path.write_text(
        "\n".join(
            json.dumps({"text": text, "label": label}, ensure_ascii=False) for text, label in rows
        ),
        "utf-8",
        newline="",
    )
    assert read_labelled(path) == ([text for text, _ in rows], [label for _, label in rows])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt"])
def test_a_file_with_a_byte_order_mark_is_read_as_it_says(tmp_path, name, encoding):
    mark = "," if name == "a.csv" else "\t"
    rows = ["text", "label"], ["schön", "gut"], ["schlecht 电影", "übel"]
    (tmp_path / name).write_text("\r\n".join(map(mark.join, rows)), encoding, newline="")
    assert read_labelled(tmp_path / name) == (["schön", "schlecht 电影"], ["gut", "übel"])


SCRAPS = st.lists(
    st.sampled_from(
        [
            b"text",
            b"label",
            b",",
            b"\t",
            b"\n",
            b"\r",
            b'"',
            b'{"text": "a", "label": ',
            b"1",
            b"}",
            b"[",
            b"\x00",
            b"\xff",
        ]
    )
)


@given(st.binary() | SCRAPS.map(b"".join), st.sampled_from(list(READERS)), st.booleans())
def test_whatever_bytes_a_file_holds_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str, header: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / f"whatever{suffix}"
    path.write_bytes(content)
    columns = (None, None) if header else (0, 1)
    try:
        texts, labels = read_labelled(path, *columns, header=header)
    except InputError:
        return
    assert len(texts) == len(labels) > 0
    assert all(labels)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([1, 0], ["1", "0"]),
        ([1.0, 2.5], ["1", "2.5"]),
        ([True, False], ["True", "False"]),
        ([" a ", "b"], ["a", "b"]),
    ],
)
def test_labels_of_every_kind_become_names(
    write: Write, labels: list[object], names: list[str]
) -> None:
    path = write(
        "a.jsonl", "\n".join(json.dumps({"text": "t", "label": label}) for label in labels)
    )
    assert read_labelled(path).labels == names


def test_classes_go_by_number_or_by_name() -> None:
    assert class_names(["10", "9", "-1", "9"]) == ("-1", "9", "10")
    assert class_names(["b", "10", "9"]) == ("10", "9", "b")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "", "a.csv is empty"),
        ("a.csv", b"\xef\xbb\xbf", "a.csv is empty"),
        ("a.tsv", b"\xef\xbb\xbf\n\n", "a.tsv is empty"),
        ("a.csv", "text,label\n", "a.csv holds no rows"),
        ("a.csv", "text,label\n,x\n ,y\n", "every text in column 'text' is empty"),
        ("a.csv", "txt,label\na,x\n", "which column holds the texts.*'txt', 'label'.*--text"),
        ("a.csv", "text,review,label\na,b,x\n", "it could be 'text' or 'review'"),
        (
            "a.csv",
            "text,label\na,x\n\nb\n",
            "line 4 has 1 field where the first line has 2; give it those",
        ),
        ("a.csv", 'text,label\n"a\nb",x\nb, \n', "line 4 has no label in column 'label'"),
        ("a.csv", 'text,label\na,x\n"b,y\nc,z\n', "line 3: unexpected end of data"),
        ("a.csv", "text,text,label\na,b,x\n", "two columns are named 'text'"),
        ("a.csv", b"text,label\na,x\nb\xe9,y\n", "line 3: the bytes e9 are not UTF-8"),
        ("a.csv.gz", gzip.compress(CSV.encode(), mtime=0)[:-9], "cannot be read"),
        ("a.csv.bz2", bz2.compress(CSV.encode())[:-9], "cannot be read"),
        ("a.csv.xz", lzma.compress(CSV.encode())[:-9], "cannot be read"),
        ("a.tsv", "text\tlabel\na\tx\nb\n", "line 3 has 1 field"),
        ("a.csv", '""', "a.csv holds nothing but empty lines"),
        ("a.jsonl", '{"text": "a", "label": "x"}\n{"text": \n', "line 2 is not JSON"),
        ("a.jsonl", '{"text": "a", "label": "x"}\n\n[1]\n', "line 3 is not an object"),
        ("a.jsonl", '{"text": "a", "label": "x"}\n{"text": "b"}\n', "line 2 has no label"),
        (
            "a.jsonl",
            '{"text": 7, "label": "x"}\n',
            "line 1 holds 7 in column 'text', which is no text",
        ),
        ("a.jsonl", '{"text": "a", "label": ["x"]}\n', "line 1 has a list for a label"),
        (
            "a.json",
            '[{"text": "a", "label": "x"}, {"text": "b", "label": null}]',
            "row 2 has no label",
        ),
        ("a.xlsx", "", "not from .xlsx"),
        ("a", "", "a name without a suffix"),
    ],
)
def test_a_mistake_is_said_in_one_sentence(
    write: Write, name: str, content: str | bytes, said: str
) -> None:
    with pytest.raises(InputError, match=said) as error:
        read_labelled(write(name, content))
    assert "\n" not in str(error.value)


def test_a_wanted_column_that_is_not_there(write: Write) -> None:
    path = write("a.csv", "Text,label\na,x\n")
    with pytest.raises(
        InputError, match=r"a.csv has no column 'text', but 'Text', 'label'; did you mean 'Text'\?"
    ):
        read_labelled(path, "text")
    with pytest.raises(InputError, match=r"no column '0'.*--no-header"):
        read_labelled(path, 0, 1)
    with pytest.raises(InputError, match="both texts and labels"):
        read_labelled(path, "label")


def test_texts_alone_need_no_name_but_their_first_is_not_taken_for_one(write: Write) -> None:
    path = write("a.txt", "A fine film\nA dull one\n")
    assert read_texts(path, header=False) == ["A fine film", "A dull one"]
    with pytest.raises(InputError, match=r"begins with 'A fine film'.*if it is the first text"):
        read_texts(path)
    assert read_texts(path, "A fine film") == ["A dull one"]
    assert read_texts(write("b.txt", "text\nA dull one\n")) == ["A dull one"]
    assert read_texts(write("c.txt", "a b\n\nc\n\n"), header=False) == ["a b", "", "c"]
    assert read_texts(write("c.csv", 'a b\n\n"c\nd"\n\n'), header=False) == ["a b", "", "c\nd"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        read_labelled(tmp_path / "none.csv")


def test_the_files_of_a_folder(write: Write, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file named train"):
        split_files(tmp_path)
    paths = {
        split: write(name, "")
        for split, name in {
            "validation": "Dev.tsv",
            "test": "test.jsonl",
            "train": "train.csv.gz",
        }.items()
    }
    write("notes.txt", "")
    assert split_files(tmp_path) == paths
    write("valid.tsv", "")
    with pytest.raises(InputError, match="two files for the validation split"):
        split_files(tmp_path)


def test_the_checksum_is_that_of_the_bytes(write: Write) -> None:
    # sha256 of "abc": FIPS 180-2, appendix B.1
    assert (
        checksum([write("a", "a"), write("b", "bc")])
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
