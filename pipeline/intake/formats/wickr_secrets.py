"""Keys that open files or verify people are taken out of an entry and named; they are live secrets, not records."""

from __future__ import annotations

from typing import Any, Final

from pipeline.intake.formats.wickr_cache import Remembered

_HOLDERS: Final = frozenset((dict, list))


def strip_secrets(entry: dict[str, Any]) -> tuple[str, ...]:
    """Remove the secrets of an entry; their dotted paths, sorted."""
    holders = [name for name, value in entry.items() if type(value) in _HOLDERS]
    if not holders:
        return ()
    found: list[str] = []
    for name in holders:
        _strip_below(entry[name], name, found)
    return tuple(sorted(set(found))) if found else ()


def _strip_below(value: Any, path: str, found: list[str]) -> None:
    if type(value) is list:
        for item in value:
            if type(item) is dict or type(item) is list:
                _strip_below(item, path, found)
        return
    secret: list[str] = []
    for name, item in value.items():
        if _SECRET[name] and type(item) is not bool:
            secret.append(name)
        elif type(item) is dict or type(item) is list:
            _strip_below(item, f"{path}.{name}", found)
    for name in secret:
        del value[name]
        found.append(f"{path}.{name}")


def _ends_in_key(name: str) -> bool:
    """Names ending in `key` below the top level: `filevaultinfo.key`, `linkimagemeta.key`, `verifiedkey`, ..."""
    return name.partition("#")[0].casefold().endswith("key")


_SECRET: Final = Remembered(_ends_in_key)
