"""A spec says all that a cell depends on, names it, and refuses what it cannot be in
one sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embexp import records
from embexp.errors import InputError
from embexp.spec import Spec, grid, make

GIVEN = {"corpus": "sst2", "regime": "random", "encoder": "mean", "seed": 0}
TINY = st.integers(1, 1000)


@given(
    seed=st.integers(0, 2**32 - 1),
    rate=st.floats(0, 1e3),
    clip=st.none() | st.floats(1e-6, 1e3),
    windows=st.lists(TINY, min_size=1, max_size=4).map(tuple),
    text=st.none() | st.text() | st.integers(0, 99),
    epochs=TINY,
)
def test_a_spec_written_as_json_and_read_back_is_the_same_cell(**fields):
    spec = Spec(**GIVEN | fields)
    again = Spec.model_validate_json(spec.model_dump_json())
    assert again == spec
    assert again.digest == Spec(**spec.model_dump(mode="json")).digest == spec.digest


def test_every_field_changes_the_digest():
    others = {
        "corpus": "mr",
        "regime": "glove-tuned",
        "encoder": "cnn",
        "seed": 1,
        "text": 0,
        "label": 1,
        "header": False,
        "head": "tags",
        "tokens": "keras-imdb",
        "keep": "last",
        "layers": 2,
        "initialisers": "flax",
        "unit": "sigmoid",
        "auxiliary": 0.5,
        "holdout": "none",
        "train_texts": 9,
        "length": 9,
        "min_count": 3,
        "max_words": 9,
        "vocabulary": "open",
        "vectors": "glove-6b-100d",
        "unseen": "zero",
        "features": 9,
        "windows": (3,),
        "dropout": 0.5,
        "epochs": 9,
        "batch": 9,
        "buckets": 9,
        "optimiser": "sgd",
        "rate": 0.5,
        "table_rate": 0.5,
        "weight_decay": 0.5,
        "clip": 0.5,
        "lexicon": None,
        "polarity": "mr",
        "cosines": (),
        "similarity": (),
        "relations": "wordnet",
    }
    assert others.keys() | {"dim", "padding"} == Spec.model_fields.keys()
    digests = {make(**GIVEN | {name: value}).digest for name, value in others.items()}
    together = (
        {},
        {"vectors": None, "dim": 3},
        {"vectors": None, "dim": 4},
        {"length": 9, "padding": "pre"},
    )  # allowed only together
    digests |= {make(**GIVEN | fields).digest for fields in together}
    assert len(digests) == len(others) + len(together)


def test_the_digest_is_that_of_all_fields_and_stays_what_it_is():
    spec = make(**GIVEN)
    assert spec.digest == records.digest(spec.model_dump(mode="json"))
    assert (
        spec.digest == make(**GIVEN, rate=1e-3, epochs=5.0).digest
    )  # defaults said aloud, and another number of the same value


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"regime": "glov-tuned"}, "unknown regime 'glov-tuned'; did you mean 'glove-tuned'"),
        ({"encoder": "lsmt"}, "unknown encoder 'lsmt'; did you mean 'lstm'?"),
        ({"unseen": "zeros"}, "unknown rule for unseen words 'zeros'; did you mean 'zero'?"),
        ({"epoch": 3}, "unknown setting 'epoch'; did you mean 'epochs'"),
        ({"seed": -1}, "seed = -1 is refused"),
        ({"seed": 2**32}, "seed = 4294967296 is refused"),
        ({"seed": 1.5}, "seed = 1.5 is refused"),
        ({"tokens": "keras-imdb", "vocabulary": "open"}, "Keras's own words; leave vocabulary out"),
        ({"epochs": 0}, "epochs = 0 is refused"),
        ({"batch": "many"}, "batch = 'many' is refused"),
        ({"dropout": 1.0}, "dropout = 1.0 is refused"),
        ({"rate": float("nan")}, "rate = nan is refused"),
        ({"rate": float("inf")}, "rate = inf is refused"),
        ({"rate": -0.1}, "rate = -0.1 is refused"),
        ({"clip": 0}, "clip = 0 is refused"),
        ({"windows": (0,)}, "windows.0 = 0 is refused"),
        ({"optimiser": "adamw"}, "optimiser = 'adamw' is refused.*'adam'"),
        ({"corpus": None}, "corpus = None is refused"),
        ({"cosines": ("good",)}, "cosines has 'good'; a pair is written as word:word"),
        ({"cosines": ("good:bad:ugly",)}, "cosines has 'good:bad:ugly'"),
        ({"vectors": None}, "the table's width must be given: set dim"),
        ({"vectors": None, "dim": 0}, "dim = 0 is refused"),
        (
            {"dim": 50},
            "dim=50 is given, but the table is as wide as the vectors 'glove-6b-50d'; leave dim out",
        ),
        (
            {"vectors": None, "dim": 5, "regime": "glove-tuned"},
            "regime 'glove-tuned' starts from pretrained vectors; give vectors=NAME",
        ),
        (
            {"vectors": None, "dim": 5, "regime": "random-frozen"},
            "regime 'random-frozen' starts from pretrained vectors",
        ),
    ],
)
def test_what_a_cell_cannot_be_is_refused_in_one_sentence(fields, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        make(**GIVEN | fields)
    assert "\n" not in str(caught.value)


def test_a_missing_field_is_named():
    with pytest.raises(InputError, match="regime"):
        make(corpus="sst2", encoder="mean", seed=0)


def test_a_grid_is_every_combination_in_order_and_a_tuple_is_one_value():
    cells = grid(
        corpus="sst2",
        regime=["random", "glove-frozen"],
        encoder="cnn",
        seed=range(2),
        windows=(2, 3),
    )
    assert [(spec.regime, spec.seed) for spec in cells] == [
        ("random", 0),
        ("random", 1),
        ("glove-frozen", 0),
        ("glove-frozen", 1),
    ]
    assert {spec.windows for spec in cells} == {(2, 3)}
    assert len(grid(**GIVEN)) == 1
    assert len({spec.digest for spec in cells}) == 4


@pytest.mark.parametrize("seeds", [[], range(0)])
def test_a_grid_of_no_cells_is_refused(seeds):
    with pytest.raises(InputError, match="seed is an empty list"):
        grid(**GIVEN | {"seed": seeds})


def test_a_spec_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        make(**GIVEN).seed = 3
