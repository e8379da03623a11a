"""What every wire type shares: camelCase on the wire, immutability, tolerance of newer fields."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """A value that crosses the wire. Unknown fields are ignored: a newer peer may send more."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        frozen=True,
        extra="ignore",
        ser_json_inf_nan="strings",  # bare NaN is no JSON; "NaN" is read back by pydantic's float
        use_attribute_docstrings=True,
    )

    def wire(self) -> dict[str, Any]:
        """The JSON object that is sent: camelCase keys, null for what is absent."""
        # Through JSON text, since a dump to Python values keeps NaN, which is no JSON.
        value: dict[str, Any] = json.loads(self.model_dump_json(by_alias=True))
        return value


class Params(Wire):
    """Parameters of a request."""
