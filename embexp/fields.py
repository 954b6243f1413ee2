"""How a field of a `Spec` is declared: its default, its role, and what old runs had."""

from typing import Any, Literal

from pydantic import Field

Role = Literal["data", "static", "traced", "evaluation", "course"]
REQUIRED: Any = ...


def setting(
    default: Any, role: Role, description: str, *, identity: Any = REQUIRED, **range: Any
) -> Any:
    """A field of `Spec` that declares its role once; every list of fields follows from it.

    Args:
        default: what a user gets; it may move from version to version.
        role: `data` and `evaluation` decide what is made ready for a run (which words and
            texts, and what is measured on them), `static` shapes the compiled program, and
            `traced` is only a number to it. `course` says when a run stops, which step it
            selects and what is kept of it.
        identity: the value that reproduces runs made before the field existed, frozen for
            ever and never hashed; the default, where not given.
    """
    value = default if identity is REQUIRED else identity
    extra: dict[str, Any] = {"role": role} | ({} if default is REQUIRED else {"identity": value})
    return Field(default, description=description, json_schema_extra=extra, **range)
