"""What a regime and an encoder declare of their own."""

from collections.abc import Collection

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
    for what, name, known in (("regime", regime, REGIMES), ("encoder", encoder, ENCODERS)):
        if name not in known:
            raise unknown(what, name, known)
        if both := known[name].parameters.keys() & {*taken, *own}:
            raise InputError(f"{what} {name!r} declares {min(both)}, a name in use; rename it")
        own |= known[name].parameters
    return own
