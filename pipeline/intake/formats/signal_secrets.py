"""Keys and addresses of Signal captures that open something: they are taken out, and named."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

_NAMES: Final = frozenset(
    (
        "accesskey",
        "backupmedianame",
        "cdnid",
        "datamessage",
        "groupinvitelinkpassword",
        "pnicredential",
        "profilekeycredential",
        "receiptcredentialpresentation",
        "reportingtoken",
        "secretparams",
        "senderkeyinfo",
        "storageid",
        "storageunknownfields",
    )
)
_ENDINGS: Final = ("key", "iv", "mac")
"""`localKey`, `packKey`, `cdnKey`, `masterKey`, `profileKey`, `incrementalMac`, `reencryptionIv`, ..."""
_SHORT: Final = frozenset(("key", "iv", "mac"))


def without_secrets(entry: dict[str, Any]) -> tuple[str, ...]:
    """Remove them from an object, at any depth; sorted dotted names of what was removed."""
    found: set[str] = set()
    _strip(entry, "", found)
    return tuple(sorted(found)) if found else ()


def _strip(holder: dict[str, Any], path: str, found: set[str]) -> None:
    for name in list(filter(_is_secret, holder)):
        if holder[name] is not None and not isinstance(holder[name], (bool, int)):
            del holder[name]
            found.add(f"{path}{name}")
    for name, value in holder.items():
        if type(value) is dict:
            _strip(value, f"{path}{name}.", found)
        elif type(value) is list:
            _strip_list(value, f"{path}{name}.", found)


def _strip_list(values: list[Any], path: str, found: set[str]) -> None:
    for value in values:
        if type(value) is dict:
            _strip(value, path, found)
        elif type(value) is list:
            _strip_list(value, path, found)


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    """By the name alone: `key` itself, names that end so in camel case, and a list of others."""
    plain = name.partition("#")[0]
    folded = plain.casefold()
    if folded in _SHORT or folded in _NAMES:
        return True
    return any(plain.endswith(ending.capitalize()) for ending in _ENDINGS) or folded.endswith("key")
