"""The panel's two forms against each other, and its values against the measures they
are made of."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from embexp.devices import prepare
from embexp.errors import InputError
from embexp.measures import comparison, geometry, sentiment
from embexp.measures.relations import Related, related_auc
from embexp.measures.semantic import Located, located_similarity, neighbour_overlap
from embexp.sweep import on_device
from embexp.sweep import panel as panels
from embexp.sweep.panel import Panel, couple
from embexp.training.program import cell_mesh, on_mesh
from embexp.words import Vectors

VOCAB, DIM, SPECIALS = 400, 8, 2
rng = np.random.default_rng(3)


def some(count: int, low: int = SPECIALS) -> np.ndarray:
    return np.sort(rng.choice(np.arange(low, VOCAB), count, replace=False))


@pytest.fixture(scope="module")
def panel() -> Panel:
    """A panel of every kind of measure on made-up words."""
    measured = some(300)
    names = {f"w{row}": int(row) for row in measured}
    known, other = list(names)[:2]
    return Panel(
        specials=SPECIALS,
        measured=measured,
        pairs={
            "simlex999": Located(some(50), some(50), rng.normal(size=50), 60),
            "antonym_auc": Related(some(70), some(70), rng.random(70) < 0.6, 90),
            **dict([couple(names, known, other), couple(names, known, "unheard")]),
        },
        odd_words=measured[::3],
        odds=rng.normal(size=100),
        lexicon_words=measured[:150],
        signs=np.where(rng.random(150) < 0.4, 1.0, -1.0),
        reference=rng.normal(size=(300, 11)).astype(np.float32),
    )


def tables() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start and later tables of four cells: noise, one direction, a frozen one, one
    that only some rows left; and counts of updates."""
    start = rng.normal(size=(4, VOCAB, DIM)).astype(np.float32)
    later = start.copy()
    later[0] += 0.3 * rng.normal(size=(VOCAB, DIM)).astype(np.float32)
    later[1] += np.outer(rng.normal(size=VOCAB), rng.normal(size=DIM)).astype(np.float32)
    later[3, 100:] += rng.normal(size=(VOCAB - 100, DIM)).astype(np.float32)
    return start, later, rng.choice([0, 2, 50, 500, 5000], size=(4, VOCAB)).astype(np.int32)


@pytest.mark.slow  # compiling
@pytest.mark.parametrize("strata", [False, True])
def test_the_form_on_the_device_sees_what_the_reference_sees(panel, strata):
    start, later, updates = tables()
    mesh = cell_mesh(prepare(), 4)
    on = [on_mesh(mesh, jnp.asarray(each)) for each in (later, start, updates)]
    found = on_device.looks(panel, on[0], on[1], on[2] if strata else None)
    for cell in range(4):
        device = on_device.look(panel, found, cell, DIM)
        host = panel.look(later[cell], start[cell], updates[cell] if strata else None)
        np.testing.assert_allclose(device.cosines, host.cosines, atol=1e-11)
        np.testing.assert_array_equal(device.near, host.near)
        assert device.lexical.keys() == host.lexical.keys()
        for k in host.lexical:
            np.testing.assert_array_equal(device.lexical[k], host.lexical[k])
        np.testing.assert_allclose(device.read, host.read, atol=1e-9)
        np.testing.assert_allclose(device.likeness[:6], host.likeness[:6], rtol=1e-9)
        assert device.change.keys() == host.change.keys()
        assert len(host.change) == (6 if strata else 1)
        for stratum, values in host.change.items():
            for measure, value in values.items():
                np.testing.assert_allclose(
                    np.array(device.change[stratum][measure][:6], float),
                    np.array(value[:6], float),
                    rtol=1e-5,
                    atol=1e-7,
                )  # the errors are taken in float32 by the reference
        started = panel.start(start[cell])
        assert [name for name, _ in panel.values(device, started)] == [
            name for name, _ in panel.values(host, started)
        ]


@pytest.mark.slow
def test_a_cell_among_others_is_seen_as_it_is_alone_but_for_rounding(panel):
    start, later, _ = tables()
    mesh, alone = cell_mesh(prepare(), 4), cell_mesh(prepare(), 1)
    together = on_device.looks(
        panel, *(on_mesh(mesh, jnp.asarray(each)) for each in (later, start)), None
    )
    single = on_device.looks(
        panel, *(on_mesh(alone, jnp.asarray(each[1:2])) for each in (later, start)), None
    )
    for one, among in zip(jax.tree.leaves(single), jax.tree.leaves(together), strict=True):
        np.testing.assert_allclose(one[0], among[1], rtol=1e-9, atol=1e-12)


def test_values_are_those_of_the_measures(panel):
    start, later, updates = tables()
    look, started = panel.look(later[0], start[0], updates[0]), panel.start(start[0])
    values = dict(panel.values(look, started))
    table, candidates = later[0], later[0][panel.measured]
    assert values["simlex999"] == located_similarity(table, panel.pairs["simlex999"])
    assert values["antonym_auc"] == related_auc(table, panel.pairs["antonym_auc"])
    ((one, other),) = [
        name[4:-1].split(",") for name in values if name.startswith("cos") and "unheard" not in name
    ]
    vectors = Vectors([f"w{row}" for row in range(VOCAB)], table)
    assert values[f"cos({one},{other})"].value == pytest.approx(
        geometry.cosine(vectors, one, other).value
    )
    assert values[f"cos({one},unheard)"][3:] == geometry.cosine(vectors, one, "unheard")[3:]
    assert values["overlap@10"] == neighbour_overlap(candidates, start[0][panel.measured])
    assert values["overlap_reference@10"] == neighbour_overlap(candidates, panel.reference)
    assert values["cka"] == comparison.cka(candidates, panel.reference)
    assert values["polarity"] == sentiment.polarity(table[panel.odd_words], panel.odds)
    for k, value in sentiment.lexicon_consistency(table[panel.lexicon_words], panel.signs).items():
        assert values[f"lexicon@{k}"][3:] == value[3:]
        assert values[f"lexicon@{k}"].value == pytest.approx(value.value, nan_ok=True)
    rows = slice(SPECIALS, None)
    assert values["drift"] == geometry.drift(table[rows], start[0][rows])
    assert values["norm_growth"] == geometry.norm_growth(table[rows], start[0][rows])
    assert values["top1_share"] == geometry.top1_share(table[rows] - start[0][rows])
    sigma = np.linalg.svd((table - start[0])[rows].astype(float), compute_uv=False)
    share = sigma / sigma.sum()
    assert values["delta_rank"].value == pytest.approx(np.exp(-share @ np.log(share)))


def test_only_a_part_of_a_large_lexicon_is_asked_for_its_neighbours(panel, monkeypatch):
    monkeypatch.setattr(panels, "LEXICAL_QUERIES", 40)
    few = dataclasses.replace(panel)
    start, later, _ = tables()
    values = dict(few.values(few.look(later[0], start[0]), few.start(start[0])))
    everyone = sentiment.lexical_neighbours(later[0][panel.lexicon_words])[10]
    expected = sentiment.consistency(
        everyone, panel.signs, np.isin(np.arange(150), few.lexical_queries)
    )
    assert (values["lexicon@10"].n, values["lexicon@10"].total) == (40, 150)
    assert values["lexicon@10"][:3] == pytest.approx(expected[:3])


def test_a_pair_is_in_the_stratum_of_its_word_with_fewer_updates(panel):
    start, later, _ = tables()
    pairs = panel.pairs["simlex999"]
    counts = np.full(VOCAB, 200)
    counts[pairs.rows1[:35]] = 0
    found = [
        value
        for name, value in panel.strata(panel.look(later[0], start[0], counts), counts)
        if name == "simlex999"
    ]
    untrained = (counts[pairs.rows1] == 0) | (counts[pairs.rows2] == 0)
    assert untrained.sum() >= 35
    kept = pairs._replace(
        rows1=pairs.rows1[untrained], rows2=pairs.rows2[untrained], scores=pairs.scores[untrained]
    )
    assert found == [
        located_similarity(later[0], kept)._replace(stratum="0")
    ]  # the rest are too few


def test_strata_partition_the_words_and_a_small_one_has_no_value(panel):
    start, later, updates = tables()
    counts = np.where(np.arange(VOCAB) < 20, 7, updates[0])  # fewer than 30 rows have 5 to 99
    counts[counts == 50] = 500
    look = panel.look(later[0], start[0], counts)
    strata = [(name, value) for name, value in panel.strata(look, counts)]
    assert {value.stratum for _, value in strata} == {"0", "1-4", "100-999", ">=1000"}
    inside = (counts >= 100) & (counts <= 999) & (np.arange(VOCAB) >= SPECIALS)
    drift = next(value for name, value in strata if (name, value.stratum) == ("drift", "100-999"))
    assert drift[:5] == geometry.drift(later[0][inside], start[0][inside])[:5]
    read = next(value for name, value in strata if (name, value.stratum) == ("polarity", "100-999"))
    assert read.n == inside[panel.odd_words].sum()
    unstratified = panel.strata(panel.look(later[0], start[0]), counts)
    assert {name for name, _ in unstratified} == {"polarity", "lexicon@10"}


def test_a_table_with_nan_is_one_sentence(panel):
    start, later, _ = tables()
    later[2, 50, 3] = np.nan
    with pytest.raises(
        InputError, match="row 48 of the table holds NaN or infinity; did training diverge"
    ):
        panel.look(later[2], start[2])


@pytest.mark.slow
def test_a_table_with_nan_leaves_the_others_on_the_device_alone(panel):
    start, later, _ = tables()
    later[2, 50, 3] = np.nan
    mesh = cell_mesh(prepare(), 4)
    found = on_device.looks(
        panel, *(on_mesh(mesh, jnp.asarray(each)) for each in (later, start)), None
    )
    assert on_device.look(panel, found, 1, DIM).change
    with pytest.raises(InputError, match="holds NaN or infinity; did training diverge"):
        on_device.look(panel, found, 2, DIM)


BARE = Panel(
    SPECIALS,
    np.array([2, 3, 4]),
    {},
    np.zeros(0, np.int64),
    np.zeros(0),
    np.zeros(0, np.int64),
    np.zeros(0),
    None,
)


def test_a_panel_of_few_words_measures_what_it_can():
    table = rng.normal(size=(5, DIM)).astype(np.float32)
    start = BARE.start(np.zeros_like(table))
    values = dict(BARE.values(BARE.look(table, start.table), start))
    assert values.keys() == {
        "overlap@10",
        *(f"lexicon@{k}" for k in (1, 10, 100)),
        "drift",
        "norm_growth",
        "top1_share",
        "delta_rank",
    }
    assert values["overlap@10"].n == values["lexicon@10"].n == values["norm_growth"].n == 0


@pytest.mark.slow
def test_a_panel_of_few_words_measures_the_same_on_the_device():
    table = rng.normal(size=(5, DIM)).astype(np.float32)
    start, mesh = BARE.start(np.zeros_like(table)), cell_mesh(prepare(), 1)
    found = on_device.looks(
        BARE, *(on_mesh(mesh, jnp.asarray(each[None])) for each in (table, start.table)), None
    )
    values, expected = (
        dict(BARE.values(each, start))
        for each in (on_device.look(BARE, found, 0, DIM), BARE.look(table, start.table))
    )
    assert values.keys() == expected.keys()
    assert values["drift"].value == pytest.approx(expected["drift"].value)
    assert values["norm_growth"].n == 0
