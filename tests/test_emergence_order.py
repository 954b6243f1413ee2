"""What the script of the order of emergence follows, measures and says of lines that are known."""

import json

import emergence_order as study
import emergence_order_checks as checks
import emergence_order_words as of_words
import numpy as np
import pytest
from emergence_order_figure import draw
from emergence_order_table import table

from embexp import grid
from embexp.grids import UNMEASURED
from embexp.measures.pair_rows import PairRows
from embexp.tasks import prepare_task

STEPS = [0, 1, 2, 4, 8, 16]
EARLY, LATE, NEVER = [0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 1, 1], [0] * 6


def lines(*curves, task="topic", rate=0.01, seeds=4):
    """The lines of both arms, where measures rise in the order that the curves have."""
    found = []
    for seed, regime in ((s, r) for s in range(seeds) for r in (checks.ARM, checks.CONTROL)):
        noise = np.random.default_rng([seed, regime == checks.ARM]).normal(0, 0.01, (4, 6))
        values = np.array([*curves, NEVER]) * (regime == checks.ARM) + noise
        found.append(
            {
                "task": task,
                "table_rate": rate,
                "regime": regime,
                "seed": seed,
                "drift": [step / 10 for step in STEPS],
                **dict(zip(checks.MEASURED, values.tolist(), strict=True)),
                "steps": STEPS,
                "classes": {"a": 30, "b": 40},
                "pairs": {"simlex999": 50, "wordsim353": 20},
            }
        )
    return found


def answered(given):
    """The verdict on each prediction."""
    return {line[0]: line[3] for line in table(given, "as it was").summary[0].body}


def world(**fields):
    (spec,) = grid(
        **{**UNMEASURED, **study.SHARED, "encoder": "mean", "regime": "random", "seed": 0} | fields
    )
    return prepare_task(spec)


def test_a_word_has_the_class_whose_held_out_texts_hold_it_twice_as_often():
    task = world(corpus="world:words=200,texts=2000,length=60,agreement=1,negation=0,noise=0")
    words = of_words.followed(task)
    assert len(words.rows)
    share = np.zeros((len(task.vocabulary), 2))
    for own in (0, 1):
        texts = [
            set(text.tolist())
            for split in (task.validation, task.test)
            for label, text in zip(
                split.labels, np.split(split.ids.flat, split.ids.offsets[1:-1]), strict=True
            )
            if label == own
        ]
        for row in range(len(task.vocabulary)):
            share[row, own] = (sum(row in text for text in texts) + 1) / (len(texts) + 1)
    for row, own in zip(words.rows, words.classes, strict=True):
        assert share[row, own] >= 2 * share[row, 1 - own]
    assert (np.bincount(words.classes) >= of_words.LEAST).all()


def test_a_word_has_the_tag_of_most_of_its_held_out_tokens(tmp_path):
    words = [f"{tag}{number}" for tag in "nvx" for number in range(25)]
    tagged = [
        {"tokens": [word], "tags": [{"n": "B-n", "v": "I-n", "x": "O"}[word[0]]]} for word in words
    ]
    tagged.append({"tokens": ["n0"], "tags": ["O"]})
    for name, times in (("train", 5), ("dev", 1), ("test", 1)):
        text = "".join(json.dumps(each) + "\n" for each in tagged * times)
        (tmp_path / f"{name}.jsonl").write_text(text)
    task = world(corpus=str(tmp_path), head="tags", encoder="bilstm", hidden_size=2)
    found = of_words.followed(task, study.entity, 5, 2)
    spelled = [task.vocabulary.words[row] for row in found.rows]
    assert set(spelled) == set(words) - {"n0"}  # half of its tokens is not most
    kinds = {word: found.names[own] for word, own in zip(spelled, found.classes, strict=True)}
    assert kinds == {word: "O" if word[0] == "x" else "entity" for word in kinds}


def test_measures_of_a_table_that_holds_the_classes_and_of_one_that_holds_nothing():
    rng, classes = np.random.default_rng(0), np.repeat([0, 1, 2], 40)
    pairs = PairRows(np.arange(0, 60), np.arange(60, 120), np.arange(60), 60)
    noise = rng.normal(size=(120, 8))
    cosine = of_words.pair_cosines(noise, pairs.rows1, pairs.rows2)
    words = of_words.Followed(
        np.arange(120), classes, "abc", {"simlex999": pairs}, {"simlex999": cosine}, slice(1, None)
    )
    told = np.eye(3)[classes] * 9 + rng.normal(size=(120, 3))
    assert of_words.read_out(told, words) == of_words.neighbours(told, words) == 1
    assert of_words.neighbours(noise, words) == pytest.approx(39 / 119, abs=0.08)
    assert of_words.read_out(noise, words) == pytest.approx(1 / 3, abs=0.12)
    assert of_words.human("simlex999")(noise, words) == pytest.approx(1)
    start = np.ones((3, 4))
    moved = start + np.array([[9.0], [0.5], [0.5]])  # the first row is no word
    assert of_words.drift(moved, start, words) == pytest.approx(0.5)


def test_what_comes_in_the_predicted_order_holds_and_what_does_not_is_said():
    order = lines(EARLY, LATE, NEVER) + lines(EARLY, LATE, NEVER, rate=0.001)
    assert answered(order) == {
        "read-out before neighbours": "held",
        "neighbours before SimLex-999": "held",
        "another order at the lowest rate": "not held",
    }
    other = lines(LATE, EARLY, NEVER) + lines(LATE, EARLY, NEVER, rate=0.001)
    assert answered(other) == {
        "read-out before neighbours": "not held",
        "neighbours before SimLex-999": "held",
        "another order at the lowest rate": "held",
    }
    open_ = lines(EARLY, EARLY, EARLY) + lines(NEVER, NEVER, NEVER, rate=0.001)
    assert set(answered(open_).values()) == {"undecided"}


def test_onsets_are_told_by_the_drift_that_the_table_has_there():
    given = lines(EARLY, LATE, NEVER) + lines(EARLY, LATE, NEVER, rate=0.001)
    arm = checks.Arm("topic", 0.01)
    places = [checks.place(given, arm, name) for name in checks.MEASURED]
    assert places == [(2, 0.2), (8, 0.8), None, None]
    (_, onsets) = table(given, "as it was").summary
    assert onsets.body[0] == ("topic", ".01", ".20 (2)", ".80 (8)", "never", "never")
    assert draw(given).axes[0].get_title() == "topic"


def test_half_rises_are_told_of_measures_that_both_leave():
    given, arm = lines(EARLY, LATE, NEVER), checks.Arm("topic", 0.01)
    found = checks.found_in(given).sooner
    value, low, high = found[arm, checks.READ_OUT, checks.NEAR]
    early, late = np.log2([2, 3]).mean(), np.log2([5, 9]).mean()
    assert low < value < high
    assert value == pytest.approx(early - late, abs=0.05)
    assert found[arm, checks.NEAR, checks.HUMAN] is None


@pytest.mark.slow  # compiles
def test_a_line_has_the_values_of_its_run_at_every_step(monkeypatch):
    monkeypatch.setattr(study, "STEPS", [0, 2, 3])
    fields = {**UNMEASURED, **study.SHARED, "dim": 4, "buckets": 1, "table_rate": 0.01}
    corpus = "world:words=200,texts=2000,length=60,agreement=1,negation=0,noise=0"
    specs = grid(corpus=corpus, encoder="mean", regime="random", epochs=2, seed=[0, 1], **fields)
    task = prepare_task(specs[0])
    words = of_words.followed(task)._replace(pairs={}, scores={})
    monkeypatch.setattr(study, "MEASURES", {"read-out": of_words.read_out})
    monkeypatch.setattr(study, "MEASURED", ("read-out",))
    found = [*study.measured(specs, task, words)]
    assert [line["seed"] for line in found] == [0, 1]
    assert all(line["drift"][0] == 0 < line["drift"][1] < line["drift"][2] for line in found)
    group = study.make_group(specs[1:], task)
    training = study.Training(group)
    training.advance(3)
    rows = np.asarray(training.params["embedding"]["rows"])[0, : len(task.vocabulary)]
    assert found[1]["read-out"][2] == pytest.approx(of_words.read_out(rows, words), abs=1e-5)
    monkeypatch.setattr(study, "STEPS", [0, group.schedule.steps + 1])
    with pytest.raises(ValueError, match="more epochs"):
        next(study.measured(specs, task, words))
