"""Parameters that regimes and encoders declare of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from embexp.errors import InputError, unknown

SAME = object()
"""The identity default is the default."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a regime or an encoder, given beside it in a `Spec`.

    Args:
        annotation: the type, with its range, as pydantic checks it.
        default: the value used where none is given; it may move from version to version.
        description: what it does, for messages and documentation.
        identity: the value that reproduces runs made before the parameter existed. It
            is never hashed and never changes; the default, where not given.
        traced: whether it is only a number to the compiled program.
    """

    annotation: Any
    default: Any
    description: str
    identity: Any = SAME
    traced: bool = False

    @property
    def identity_default(self) -> Any:
        """The value that a run which lacks the parameter stands for."""
        return self.default if self.identity is SAME else self.identity

    def check(self, name: str, value: Any) -> Any:
        """The value, converted to the parameter's type.

        Raises:
            InputError: the value is of another type or out of range.
        """
        try:
            return TypeAdapter(self.annotation).validate_python(value)
        except ValidationError as error:
            reason = error.errors()[0]["msg"].lower()
            raise InputError(f"{name} = {value!r} is refused: {reason}") from None


def complete(
    owner: str, parameters: Mapping[str, Parameter], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Every parameter of an owner with the value given for it, or its default.

    Raises:
        InputError: a value is refused, or the owner has no parameter of that name.
    """
    if strange := next((name for name in given if name not in parameters), None):
        raise unknown(f"parameter of {owner}", strange, parameters)
    return {
        name: each.check(name, given[name]) if name in given else each.default
        for name, each in parameters.items()
    }
