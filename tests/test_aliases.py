"""Names of an earlier version still work, and say what to write instead."""

import warnings

import pytest

from embexp import aliases
from embexp.cli.compare import compare
from embexp.errors import InputError
from embexp.grids import grid, make
from embexp.models import ENCODERS
from embexp.regimes import REGIMES
from embexp.spec import Spec, settings

GIVEN = {"corpus": "sst2", "regime": "random", "encoder": "cnn", "seed": 0}
VALUES = {
    "auxiliary": 0.5,
    "batch": 9,
    "cosines": ("a:b",),
    "features": 9,
    "keep": "last",
    "length": 9,
    "polarity": "mr",
    "rate": 0.5,
    "tokens": "keras-imdb",
    "unit": "sigmoid",
    "unseen": "zero",
}
"""A value of each field under its former name."""


def test_former_names_stand_for_names_that_there_are():
    assert VALUES.keys() == aliases.FIELDS.keys()
    assert set(aliases.FIELDS.values()) <= settings().keys()
    assert not aliases.FIELDS.keys() & settings().keys()
    assert set(aliases.REGIMES.values()) <= REGIMES.keys()
    assert not aliases.REGIMES.keys() & REGIMES.keys()
    assert aliases.VALUES.keys() <= Spec.model_fields.keys()


def test_names_of_other_libraries_point_to_names_that_there_are_and_are_none_of_ours():
    beyond = {"the option --seeds"}
    assert {*aliases.SETTINGS_ELSEWHERE.values()} <= settings().keys() | beyond
    assert {*aliases.REGIMES_ELSEWHERE.values()} <= REGIMES.keys()
    assert {*aliases.ENCODERS_ELSEWHERE.values()} <= ENCODERS.keys()
    ours = settings().keys() | aliases.FIELDS.keys()
    assert not aliases.SETTINGS_ELSEWHERE.keys() & ours
    assert not aliases.REGIMES_ELSEWHERE.keys() & REGIMES.keys()
    assert not aliases.ENCODERS_ELSEWHERE.keys() & ENCODERS.keys()
    for name in (*aliases.SETTINGS_ELSEWHERE, *aliases.REGIMES_ELSEWHERE):
        assert name == name.lower().replace("-", "_")
    with pytest.raises(InputError, match="'wd'; here it is called weight_decay"):
        make(**GIVEN, wd=0.1)


def test_the_command_line_names_every_encoder_and_regime():
    said = (compare.__doc__ or "").split()
    for name in (*ENCODERS, *REGIMES):
        assert {name, f"{name},", f"{name};", f"{name}."} & {*said}, name


@pytest.mark.parametrize("former", aliases.FIELDS)
def test_a_former_field_sets_the_field_and_says_what_to_write(former):
    name, value = aliases.FIELDS[former], VALUES[former]
    new = {"last": "pre"}.get(value, value) if isinstance(value, str) else value
    with pytest.warns(FutureWarning) as warned:
        spec = make(**GIVEN, **{former: value})
    assert str(warned[0].message) == f"{former}={value} is now written {name}={new}"
    assert len(warned) == 1
    assert spec == make(**GIVEN, **{name: new})
    assert getattr(spec, name) == new


@pytest.mark.parametrize("former", aliases.REGIMES)
def test_a_former_regime_is_the_regime_without_its_vectors(former):
    regime = former.partition("-")[2]
    with pytest.warns(FutureWarning, match=f"regime={former} is now written regime={regime}"):
        spec = make(**GIVEN | {"regime": former})
    assert spec == make(**GIVEN | {"regime": regime})


def test_both_ends_of_a_text_had_other_names():
    assert aliases.renamed({"keep": "first"}) == {"truncation": "post"}
    assert aliases.renamed({"keep": "last"}) == {"truncation": "pre"}
    assert aliases.renamed({"truncation": "pre"}) == {"truncation": "pre"}


def test_a_grid_takes_former_names_too():
    with pytest.warns(FutureWarning, match="features=9 is now written hidden_size=9"):
        specs = grid(**GIVEN | {"encoder": ["mean", "cnn"]}, features=9)
    assert specs == grid(**GIVEN | {"encoder": ["mean", "cnn"]}, hidden_size=9)


def test_names_of_this_version_warn_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert aliases.accept({"learning_rate": 1, "regime": "tuned", "seed": [0]}) == {
            "learning_rate": 1,
            "regime": "tuned",
            "seed": [0],
        }


def test_a_field_under_both_its_names_is_refused():
    with pytest.raises(InputError, match="rate is the former name of learning_rate; give"):
        make(**GIVEN, rate=0.1, learning_rate=0.2)
