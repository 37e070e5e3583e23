"""The models of a Cellebrite report, which all have one grammar: named values, lists of values, and further models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pipeline.intake.xml_nodes import Node

_KNOWN_TIME: Final = "TimeStampKnown"


class Model:
    """One model. What is read of it is taken out, so that the rest can be kept."""

    __slots__ = ("attributes", "fields", "formats", "lists", "models", "rest", "type")

    def __init__(self, node: Node) -> None:
        self.attributes: dict[str, str] = node.attributes
        self.type = self.attributes.pop("type", "")
        self.fields: dict[str, str] = {}
        self.formats: dict[str, str] = {}
        """Of the fields that have an unusual one, e.g. `TimeStampUnknown`."""
        self.lists: dict[str, list[str]] = {}
        self.models: dict[str, list[Model]] = {}
        self.rest: list[dict[str, Any]] = []
        if node.text.strip():
            self.rest.append({"text": node.text})
        for child in node.children:
            _GRAMMAR.get(child.name, Model._other)(self, child)

    def _field(self, node: Node) -> None:
        values = [child for child in node.children if child.name == "value"]
        name = node.attributes.get("name", "")
        if len(values) > 1 or (not values and any(child.name != "empty" for child in node.children)):
            self._other(node)
        elif values or node.text.strip():
            name = _free(self.fields, name)
            self.fields[name] = values[0].text if values else node.text
            found = values[0].attributes.get("format", _KNOWN_TIME) if values else _KNOWN_TIME
            if found != _KNOWN_TIME:
                self.formats[name] = found

    def _models(self, node: Node) -> None:
        name = node.attributes.get("name", "")
        for child in node.children:
            if child.name == "model":
                self.models.setdefault(name, []).append(Model(child))
            elif child.name != "empty":
                self.rest.append({"in": name, **child.as_json()})

    def _list(self, node: Node) -> None:
        name = _free(self.lists, node.attributes.get("name", ""))
        values = [child.text for child in node.children if child.name == "value"]
        if len(values) < sum(child.name != "empty" for child in node.children):
            self._other(node)
        elif values:
            self.lists[name] = values

    def _other(self, node: Node) -> None:
        if node.attributes or node.text.strip() or node.children:
            self.rest.append(node.as_json())

    def take(self, name: str) -> str:
        """A value without the blanks around it; empty for none."""
        return self.fields.pop(name, "").strip()

    def get(self, name: str) -> str:
        """A value that stays."""
        return self.fields.get(name, "").strip()

    def sub(self, name: str) -> list[Model]:
        """The models of that name, which stay."""
        return self.models.get(name, [])

    def first(self, name: str) -> Model | None:
        """The first model of that name, which stays."""
        return next(iter(self.models.get(name, ())), None)

    def as_json(self) -> dict[str, Any]:
        """What is left of it."""
        found: dict[str, Any] = {"type": self.type, **{f"@{name}": value for name, value in self.attributes.items()}}
        for key, value in (("formats", self.formats), ("fields", self.fields), ("lists", self.lists)):
            if value:
                found[key] = value
        if self.models:
            found["models"] = {name: [one.as_json() for one in models] for name, models in self.models.items()}
        if self.rest:
            found["rest"] = self.rest
        return found


_GRAMMAR: Final = {
    "field": Model._field,
    "modelField": Model._models,
    "multiModelField": Model._models,
    "multiField": Model._list,
}


def _free(held: Mapping[str, Any], name: str) -> str:
    """The name, or where it is taken the name with a number."""
    if name not in held:
        return name
    number = 1
    while f"{name}#{number}" in held:
        number += 1
    return f"{name}#{number}"
