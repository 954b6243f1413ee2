"""Grids are every combination of lists, where parameters go to those that have them."""

import pytest

from embexp.errors import InputError
from embexp.grids import fitting, grid, make

GIVEN = {"corpus": "sst2", "regime": "random", "encoder": "mean", "seed": 0}


def test_a_grid_is_every_combination_in_order_and_a_tuple_is_one_value():
    specs = grid(
        corpus="sst2", regime=["random", "frozen"], encoder="cnn", seed=range(2), windows=(2, 3)
    )
    assert [(spec.regime, spec.seed) for spec in specs] == [
        ("random", 0),
        ("random", 1),
        ("frozen", 0),
        ("frozen", 1),
    ]
    assert {spec.encoder_parameters["windows"] for spec in specs} == {(2, 3)}
    assert len({spec.digest for spec in specs}) == 4
    assert grid(**GIVEN) == [make(**GIVEN)]


def test_a_parameter_goes_to_the_encoders_that_have_it():
    specs = grid(**GIVEN | {"encoder": ["mean", "cnn", "lstm"], "hidden_size": [10, 20]})
    found = [(spec.encoder, spec.encoder_parameters.get("hidden_size")) for spec in specs]
    assert found == [("mean", None), ("cnn", 10), ("cnn", 20), ("lstm", 10), ("lstm", 20)]
    only_one = grid(**GIVEN | {"encoder": ["cnn", "lstm"], "windows": [(2,), (3,)], "layers": 2})
    assert [spec.encoder_parameters for spec in only_one] == [
        {"hidden_size": 100, "windows": (2,)},
        {"hidden_size": 100, "windows": (3,)},
        {"hidden_size": 100, "layers": 2},
    ]


def test_a_parameter_goes_to_the_regimes_that_have_it():
    specs = grid(**GIVEN | {"regime": ["delayed", "tuned"], "unfreeze_share": [0.25, 0.75]})
    assert [(spec.regime, spec.regime_parameters) for spec in specs] == [
        ("delayed", {"unfreeze_share": 0.25}),
        ("delayed", {"unfreeze_share": 0.75}),
        ("tuned", {}),
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"hidden_size": 50}, "encoder 'mean' with regime 'random' has no hidden_size"),
        ({"encoder": ["mean", "cnn"], "layers": [1, 2]}, "has no layers; dan, rnn, .* have it"),
        ({"regime": ["tuned", "frozen"], "unfreeze_share": 0.5}, "delayed has it"),
        ({"encoder": ["mean", "cnn"], "hiden_size": 5}, "unknown setting 'hiden_size'"),
        ({"encoder": ["mean", "cnn"], "hidden_size": 0}, "hidden_size = 0 is refused"),
        ({"seed": []}, "seed is an empty list"),
        ({"seed": range(0)}, "seed is an empty list"),
        ({"regime": 3}, "regime = 3 is refused"),
        ({"encoder": ["mean", None]}, "encoder = None is refused"),
    ],
)
def test_a_grid_that_cannot_be_made_is_refused(fields, sentence):
    with pytest.raises(InputError, match=sentence):
        grid(**GIVEN | fields)


def test_specs_that_are_equal_are_made_once_in_the_order_of_the_first():
    first, second = make(**GIVEN), make(**GIVEN | {"seed": 1})
    combinations = [spec.model_dump() for spec in (second, first, second)]
    assert fitting(combinations) == [second, first]
    assert fitting([]) == []
