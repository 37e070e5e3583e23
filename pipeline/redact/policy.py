"""The policy: what is done with each category, under which codes and why. A YAML file, checked before anything is read.

Every category must be decided; there is no default for one that a policy does not name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import BadPolicy
from pipeline.redact.exemptions import PRIVILEGES, in_order, parse_code
from pipeline.redact.names import TERM
from pipeline.redact.patterns import PATTERN_CATEGORIES
from pipeline.redact.roster import ROLES

NAME_CATEGORIES = tuple("NAME_" + role.upper() for role in ROLES)
CATEGORIES = tuple(sorted({*PATTERN_CATEGORIES, *NAME_CATEGORIES, TERM}))
SHIPPED = ("general", "law-enforcement", "privacy-act")
_FOLDER = Path(__file__).parent / "policies"
_CODED = frozenset({"redact", "withhold", "flag"})

Code = Annotated[str, BeforeValidator(lambda value: parse_code(str(value)))]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))


class Rule(_Strict):
    """What is done with one category."""

    action: Literal["redact", "keep", "withhold", "flag"]
    """`withhold` takes out the whole record; `flag` takes the text out until a person has decided."""
    exemptions: tuple[Code, ...] = ()
    statute: str | None = None
    privilege: str | None = None
    harm: str | dict[Code, str] = ""
    """The foreseeable harm: one text for all codes, or one for each."""
    description: str = ""
    """What the index says of it; must tell nothing of the text itself."""
    public_category: str | None = None
    """The category as released, where its own name would tell too much."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.action not in _CODED:
            return self
        if not self.exemptions:
            raise ValueError(f"action {self.action} needs at least one exemption")
        if "(b)(1)" in self.exemptions:
            raise ValueError("(b)(1) is classified material: this system may not hold it, so nothing is processed")
        if "(b)(3)" in self.exemptions and not (self.statute or "").strip():
            raise ValueError("(b)(3) needs its statute")
        if "(b)(5)" in self.exemptions and self.privilege not in PRIVILEGES:
            raise ValueError(f"(b)(5) needs a privilege: {', '.join(PRIVILEGES)}")
        missing = [code for code in self.codes if not self.harm_of(code)]
        if missing:
            raise ValueError(f"no foreseeable harm is given for {', '.join(missing)}")
        if not self.description.strip():
            raise ValueError("no description for the index is given")
        return self

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The codes in statutory order."""
        return in_order(self.exemptions)

    def harm_of(self, code: str) -> str:
        """The foreseeable harm of releasing this category, for one code."""
        return (self.harm if isinstance(self.harm, str) else self.harm.get(code, "")).strip()


class Terms(_Strict):
    """A list of words and phrases that a technique or procedure is known by."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    words: tuple[Annotated[str, Field(min_length=3)], ...]


class Policy(_Strict):
    """A whole policy."""

    version: Literal[1]
    name: str = Field(pattern=r"^[a-z0-9-]{1,60}$")
    description: str = ""
    threshold: str = ""
    """The statement that these records were compiled for law enforcement purposes, which every (b)(7) needs."""
    min_score: float = Field(default=0.5, ge=0.0, le=1.0)
    """Finds below this score are left alone."""
    categories: dict[str, Rule]
    attachments: Rule
    """What stands for the bytes of an attachment. Only `withhold` is offered until their content is checked."""
    terms: tuple[Terms, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        unknown = sorted(set(self.categories) - set(CATEGORIES))
        if unknown:
            raise ValueError(f"unknown categories: {', '.join(unknown)}")
        missing = sorted(set(CATEGORIES) - set(self.categories))
        if missing:
            raise ValueError(f"categories without a decision: {', '.join(missing)}")
        if self.attachments.action != "withhold":
            raise ValueError("attachments: the action must be withhold")
        sevens = any(code.startswith("(b)(7)") for rule in self.categories.values() for code in rule.exemptions)
        if sevens and not self.threshold.strip():
            raise ValueError("threshold: every (b)(7) needs the law enforcement threshold statement")
        return self

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the policy says, whatever the layout of its file."""
        said = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(said.encode()).hexdigest()

    @cached_property
    def protected(self) -> frozenset[str]:
        """The categories that are taken out."""
        return frozenset(name for name, rule in self.categories.items() if rule.action in _CODED)

    @cached_property
    def withheld(self) -> frozenset[str]:
        """The categories that take the whole record out."""
        return frozenset(name for name, rule in self.categories.items() if rule.action == "withhold")


def load_policy(name_or_path: str | Path) -> Policy:
    """A shipped policy by its name, or one from a file. A file may extend a shipped one and say only what differs.

    Raises:
        BadPolicy: The policy breaks a rule; the message names the file and the key.
    """
    path = _FOLDER / f"{name_or_path}.yml" if str(name_or_path) in SHIPPED else Path(name_or_path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise BadPolicy(f"{path.name}: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise BadPolicy(f"{path.name}: not UTF-8 at byte {problem.start}") from problem
    return parse_policy(text, path.name)


def parse_policy(text: str, name: str = "policy") -> Policy:
    """A policy from its text.

    Raises:
        BadPolicy: The policy breaks a rule; the message names the file and the key.
    """
    try:
        return Policy.model_validate(_extended(_mapping(text, name), name))
    except ValidationError as problem:
        lines = [f"{'.'.join(map(str, e['loc'])) or 'policy'}: {_reason(e)}" for e in problem.errors()]
        raise BadPolicy(f"{name}: " + "; ".join(lines)) from problem


def _reason(error: Any) -> str:
    # The input's value is left out: a policy may name what it protects.
    return str(error["msg"]).removeprefix("Value error, ")


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that is given twice: the second would silently undo the first. Knows no aliases."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping, each key once."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise BadPolicy(f"line {key.start_mark.line + 1}: the key is given twice")
            seen.add(str(key.value))
        return dict(super().construct_mapping(node, deep))


def _mapping(text: str, name: str) -> Mapping[str, Any]:
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise BadPolicy(f"{name}: YAML aliases are not allowed")
        found = yaml.load(text, _UniqueKeys)  # noqa: S506 - a SafeLoader
    except BadPolicy as problem:
        raise problem if str(problem).startswith(name) else BadPolicy(f"{name}: {problem}") from None
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 0
        raise BadPolicy(f"{name}: line {line}: {problem.problem}") from problem
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as problem:
        raise BadPolicy(f"{name}: not readable as YAML ({type(problem).__name__})") from problem
    if not isinstance(found, dict):
        raise BadPolicy(f"{name}: not a mapping")
    return found


def _extended(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    base_name = given.get("extends")
    if base_name is None:
        return {key: value for key, value in given.items() if key != "extends"}
    if base_name not in SHIPPED:
        raise BadPolicy(f"{name}: extends: not one of {', '.join(SHIPPED)}")
    base = _mapping((_FOLDER / f"{base_name}.yml").read_text("utf-8"), f"{base_name}.yml")
    own = {key: value for key, value in given.items() if key != "extends"}
    categories = own.get("categories", {})
    if not isinstance(categories, dict):
        raise BadPolicy(f"{name}: categories: not a mapping")
    return {**base, **own, "categories": {**base["categories"], **categories}}
