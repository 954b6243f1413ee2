"""TensorBoard's files, read back by the format of their records."""

import re
import struct
from importlib import import_module
from pathlib import Path

import pytest
from commands import call

from embexp import records, run
from embexp.grids import grid


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two runs with saved models."""
    folder = tmp_path_factory.mktemp("made")
    fields = {"corpus": "world:words=60,topics=2,texts=200,length=8", "vectors": None, "dim": 6}
    specs = grid(**fields, regime="random", encoder="mean", seed=[0, 1], epochs=2)
    run(specs, results=folder, save_models=True)
    return folder


def scalars(path: Path):
    """Tag, step and value of each scalar of an event file: length, checksum, event, checksum."""
    event_of = import_module("tensorboardX.proto.event_pb2").Event.FromString
    data = path.read_bytes()
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        event = event_of(data[12 : 12 + length])
        yield from ((each.tag, event.step, each.simple_value) for each in event.summary.value)
        data = data[16 + length :]


def test_curves_and_words_are_those_of_the_results(made, tmp_path, capsys):
    pytest.importorskip("tensorboardX", reason="pip install 'embexp[tensorboard]'")
    target = tmp_path / "logs"
    assert call("tensorboard", str(made), str(target), "--words", "7") == 0
    assert capsys.readouterr().out.startswith(f"{target}: curves of 2 runs, words of 2;")
    rows = [row for row in records.read_rows(made) if row["stratum"] == "all"]
    for each in target.iterdir():
        (events,) = each.glob("events*")
        expected = {
            (re.sub(r"[^-/\w.]", "_", f"{row['split']}/{row['measure']}"), row["step"]): row[
                "value"
            ]
            for row in rows
            if each.name.endswith(row["digest"][:6]) and row["value"] is not None
        }
        found = {(tag, step): value for tag, step, value in scalars(events)}
        assert found == pytest.approx(expected, rel=1e-6)
        assert len(expected) > 10
        (words,) = each.glob("*/words/metadata.tsv")
        assert len(words.read_text().splitlines()) == 8
        (vectors,) = each.glob("*/words/tensors.tsv")
        assert len(vectors.read_text().splitlines()) == 7
    assert call("tensorboard", str(made), str(tmp_path / "curves"), "--words", "0") == 0
    assert "curves of 2 runs, words of 0;" in capsys.readouterr().out
    assert call("tensorboard", str(made), str(target)) == 2
    assert "is there already; give a new folder" in capsys.readouterr().err


def test_without_the_extra_a_sentence_says_so(made, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("embexp.cli.tensorboard.find_spec", lambda _: None)
    assert call("tensorboard", str(made), str(tmp_path / "logs")) == 2
    assert 'pip install "embexp[tensorboard]"' in capsys.readouterr().err
