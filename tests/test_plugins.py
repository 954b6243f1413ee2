"""Plug-ins of the documentation run as written; their code is in the identity of runs."""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_corpus
from commands import call, process
from small_corpus import values

from embexp import Spec, Vectors, measure, plugins, records
from embexp.data.tokenizers import tokenizer
from embexp.errors import InputError
from embexp.grids import make
from embexp.runner.experiments import changed

small = small_corpus.small
DOCS = Path(__file__).parent.parent / "docs" / "plug-ins.md"
KINDS = ("regime", "encoder", "measure", "tokenizer")
GIVEN: dict[str, Any] = {"corpus": "sst2", "regime": "random", "encoder": "mean", "seed": 0}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """The examples of the documentation as files, in a process that has loaded none."""
    monkeypatch.setattr(plugins, "_loaded", {})
    monkeypatch.setenv(plugins.VARIABLE, "")
    before = {family: dict(entries) for family, entries in plugins.FAMILIES.items()}
    modules = {*sys.modules}
    codes = re.findall(r"```python\n(.+?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    found = {kind: tmp_path / f"my_{kind}.py" for kind in KINDS}
    for path, code in zip(found.values(), codes, strict=True):
        path.write_text(code, encoding="utf-8")
    yield found
    for family, entries in plugins.FAMILIES.items():
        entries.clear()
        entries.update(before[family])
    for name in {*sys.modules} - modules:
        if name.startswith("my_"):
            del sys.modules[name]


def test_a_plug_in_adds_one_kind_and_is_in_the_identity_of_runs_that_need_it(files):
    plain = Spec(**GIVEN).digest
    loaded = {kind: plugins.load(str(files[kind])) for kind in ("regime", "encoder", "tokenizer")}
    for kind, plugin in loaded.items():
        assert [family for family, names in plugin.entries.items() if names] == [kind]
    assert Spec(**GIVEN).digest == plain
    assert Spec(**GIVEN).plugins == ()
    for own in (
        {"regime": "shrunk", "vectors": "glove-6b-50d"},
        {"encoder": "words-and-order"},
        {"tokenizer": "stems:3"},
    ):
        spec = Spec(**GIVEN | own)
        (kind,) = own.keys() - {"vectors"}
        assert spec.plugins == (f"my_{kind}:{loaded[kind].checksum}",)
        assert "plugins" in spec.hashed
    both = Spec(**GIVEN | {"encoder": "words-and-order", "tokenizer": "stems:3"})
    assert [each.partition(":")[0] for each in both.plugins] == ["my_encoder", "my_tokenizer"]
    plain_again = changed(both, "tokenizer", "words")
    assert [each.partition(":")[0] for each in Spec(**plain_again).plugins] == ["my_encoder"]
    with pytest.raises(InputError, match="it takes a number of letters, as in stems:4, not ''"):
        make(**GIVEN, tokenizer="stems")
    assert list(tokenizer("stems:3")(["A great film"])) == [["a", "gre", "fil"]]


def test_other_code_is_another_run_and_a_measure_is_of_every_run(files, monkeypatch):
    plain = Spec(**GIVEN)
    first = plugins.load(str(files["encoder"]))
    digest = Spec(**GIVEN | {"encoder": "words-and-order"}).digest
    plugins.ENCODERS.pop("words-and-order")
    del sys.modules["my_encoder"]
    monkeypatch.setattr(plugins, "_loaded", {})
    files["encoder"].write_text(files["encoder"].read_text() + "# changed\n")
    second = plugins.load(str(files["encoder"]))
    assert first.checksum != second.checksum
    assert Spec(**GIVEN | {"encoder": "words-and-order"}).digest != digest
    plugins.load(str(files["measure"]))
    assert Spec(**GIVEN).digest != plain.digest
    rows = np.ones((3, 2))
    rows[0] *= 5
    found = measure(Vectors(["a", "b", "c"], rows))["longest_row"]
    assert (found.value, found.n) == (pytest.approx(5), 3)


def test_a_module_and_an_entry_point_are_found_and_hashed_with_their_package(
    files, tmp_path, monkeypatch
):
    package = tmp_path / "my_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "for_embexp.py").write_text(files["tokenizer"].read_text())
    point = tmp_path / "mine-1.dist-info"
    point.mkdir()
    (point / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1\n")
    (point / "entry_points.txt").write_text("[embexp.plugins]\nmine = my_package.for_embexp\n")
    monkeypatch.syspath_prepend(tmp_path)
    plugin = plugins.load("mine")
    assert plugin.entries["tokenizer"] == {"stems"}
    assert plugin.checksum == plugins.sources_checksum(package)
    assert plugins.load("mine") is plugin
    assert os.environ[plugins.VARIABLE] == "mine"
    with pytest.raises(InputError, match=r"no plug-in 'yours': .*installed plug-ins: mine"):
        plugins.load("yours")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("x = 1", "adds no encoder, regime, tokenizer, measure; it puts them into"),
        ("1 / 0", "cannot be loaded: ZeroDivisionError: division by zero"),
        ("import nowhere_at_all", "needs nowhere_at_all, which is not installed"),
        (
            "from embexp import ENCODERS\nENCODERS['cnn'] = ENCODERS['mean']",
            "replaces the encoder 'cnn'; give its own another name",
        ),
        (
            "from embexp import REGIMES\nREGIMES['x'] = REGIMES['random']\nREGIMES.pop('tuned')",
            "replaces the regime 'tuned'",
        ),
    ],
)
def test_what_is_no_plug_in_is_refused_and_leaves_nothing(files, tmp_path, code, sentence, capsys):
    before = {family: dict(entries) for family, entries in plugins.FAMILIES.items()}
    (tmp_path / "my_fault.py").write_text(code)
    assert call("data", "list", "--plugin", str(tmp_path / "my_fault.py")) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert before == plugins.FAMILIES
    assert call("data", "list", "--plugin") == 2
    assert "--plugin needs a name" in capsys.readouterr().err
    assert call("data", "list", "--plugin=nowhere.py") == 2
    assert "there is no plug-in" in capsys.readouterr().err


@pytest.mark.slow
def test_all_examples_train_together_by_the_command_line(small, files, tmp_path, capsys):
    (spec,) = small.specs(regime="tuned", seed=0, epochs=1)
    fields = spec.model_dump(mode="json")
    (tmp_path / "mine.py").write_text(
        f'"""Which?"""\n\nimport json\n\nfrom embexp import Spec\n\n\ndef specs(seeds=1):\n'
        f"    fields = json.loads({json.dumps(fields)!r})\n    return [Spec(**fields)]\n"
    )
    words = ["run", str(tmp_path / "mine.py"), "--results", str(tmp_path / "runs")]
    for path in files.values():
        words += ["--plugin", str(path)]
    own = "regime=shrunk", "encoder=words-and-order", "tokenizer=stems:4", "shrinkage=0.1"
    assert call(*words, "--set", *own, "--format", "json") == 0
    capsys.readouterr()
    rows = records.read_rows(tmp_path / "runs" / "mine")
    runs = records.read_runs(tmp_path / "runs" / "mine").values()
    (line,) = (each for each in runs if each["spec"]["regime"] == "shrunk")  # no baseline
    assert [each.partition(":")[0] for each in line["spec"]["plugins"]] == sorted(
        f"my_{kind}" for kind in KINDS
    )
    assert line["error"] is None
    assert len(values(rows, measure="longest_row")) > 3
    assert call("table", str(tmp_path / "runs" / "mine"), "--measure", "longest_row") == 0
    assert "longest row" in capsys.readouterr().out
    missing = process(tmp_path, "table", str(tmp_path / "runs" / "mine"), "--format", "json")
    assert missing.returncode == 0, missing.stderr  # rows alone, without the plug-in
