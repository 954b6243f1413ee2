"""Parameters that regimes and encoders declare of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from embexp.errors import InputError

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

    def value(self, name: str, given: Mapping[str, Any]) -> Any:
        """What is given under the parameter's name, checked and converted; else the default.

        Raises:
            InputError: the value is of another type or out of range.
        """
        value = given.get(name, self.default)
        try:
            return TypeAdapter(self.annotation).validate_python(value)
        except ValidationError as error:
            reason = error.errors()[0]["msg"].lower()
            raise InputError(f"{name} = {value!r} is refused: {reason}") from None
