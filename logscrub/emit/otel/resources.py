"""The part of ``opentelemetry.sdk.resources``: what describes the process in every export."""

from __future__ import annotations

from typing import Any

from logscrub.emit.engine import Engine
from logscrub.emit.otel.copies import copies_of


def put(engine: Engine) -> None:
    """Have resources show scrubbed attributes."""
    from opentelemetry.sdk.resources import Resource

    copies = copies_of(engine)

    def attributes(self: Any) -> Any:
        return copies.resource_attributes(self)

    engine.patches.put(Resource, "attributes", property(attributes, doc=Resource.attributes.__doc__))
