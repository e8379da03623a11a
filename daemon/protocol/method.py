"""What a request of the protocol is: a name, its parameters and its result."""

from dataclasses import dataclass

from .base import Wire


@dataclass(frozen=True)
class Method:
    """One request of the protocol."""

    name: str
    params: type[Wire]
    result: type[Wire]
