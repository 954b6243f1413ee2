"""What a regime and an encoder declare of their own."""

from collections.abc import Collection, Mapping
from typing import Any

from embexp.aliases import ENCODERS_ELSEWHERE, REGIMES_ELSEWHERE, SETTINGS_ELSEWHERE
from embexp.errors import InputError, unknown
from embexp.models import ENCODERS
from embexp.parameters import Parameter
from embexp.regimes import REGIMES


def declared(regime: str, encoder: str, taken: Collection[str] = ()) -> dict[str, Parameter]:
    """The parameters of a regime and an encoder, by name.

    Args:
        taken: names that none of them may have.

    Raises:
        InputError: an unknown regime or encoder, or a name that is in use.
    """
    own: dict[str, Parameter] = {}
    for what, name, known, elsewhere in (
        ("regime", regime, REGIMES, REGIMES_ELSEWHERE),
        ("encoder", encoder, ENCODERS, ENCODERS_ELSEWHERE),
    ):
        if name not in known:
            raise unknown(what, name, known, elsewhere)
        if both := known[name].parameters.keys() & {*taken, *own}:
            raise InputError(f"{what} {name!r} declares {min(both)}, a name in use; rename it")
        own |= known[name].parameters
    return own


def foreign(name: str, regime: str, encoder: str, settings: Mapping[str, Any]) -> InputError:
    """The error for a setting that is no field, nor a parameter of regime or encoder.

    Args:
        settings: every name that there is.
    """
    families = [*REGIMES.items(), *ENCODERS.items()]
    if owners := [owner for owner, each in families if name in each.parameters]:
        return InputError(
            f"encoder {encoder!r} with regime {regime!r} has no {name}; "
            f"{', '.join(owners)} {'has' if len(owners) == 1 else 'have'} it"
        )
    return unknown("setting", name, settings, SETTINGS_ELSEWHERE)
