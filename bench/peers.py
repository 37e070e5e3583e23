"""What a script without this program would read a capture with: plain libraries that keep nothing of what they read."""

from __future__ import annotations

import email
import json
import mailbox
import re
import sqlite3
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final
from xml.etree import ElementTree


def json_lines(path: Path) -> int:
    """`json.loads` for each line."""
    with path.open("rb") as stream:
        return sum(isinstance(json.loads(line), dict) for line in stream)


def json_document(path: Path) -> int:
    """`json.load` of the whole document."""
    with path.open("rb") as stream:
        return len(json.load(stream))


def json_files(folder: Path) -> int:
    """`json.loads` for each file of a folder tree."""
    return sum(isinstance(json.loads(path.read_bytes()), dict) for path in sorted(folder.rglob("*.json")))


def zipped_json(path: Path) -> int:
    """`json.loads` for each member of a zip."""
    with zipfile.ZipFile(path) as archive:
        return sum(len(json.loads(archive.read(name))) for name in archive.namelist() if name.endswith(".json"))


def xml_elements(path: Path) -> int:
    """`xml.etree.ElementTree.iterparse`, each element cleared."""
    count = 0
    for _, element in ElementTree.iterparse(path):  # noqa: S314 - a file that the benchmark made
        count += 1
        element.clear()
    return count


def mails(path: Path) -> int:
    """The standard library's `mailbox`, each mail parsed."""
    with closing(mailbox.mbox(path)) as box:
        return sum(message["Message-ID"] is not None for message in box)


def one_mail(path: Path) -> int:
    """The standard library's `email`, and every part of the mail decoded."""
    message = email.message_from_bytes(path.read_bytes())
    return sum(part.get_payload(decode=True) is not None for part in message.walk())


_HEAD: Final = re.compile(r"\[?(\d+/\d+/\d+), (\d+:\d\d[^\]-]*)[\]-] ?([^:]+): (.*)")


def zipped_mails(path: Path) -> int:
    """The standard library's `email` for each member of a zip, every part decoded."""
    with zipfile.ZipFile(path) as archive:
        found = (email.message_from_bytes(archive.read(name)) for name in archive.namelist())
        return sum(1 for message in found if [part.get_payload(decode=True) for part in message.walk()])


def zipped_xml(path: Path) -> int:
    """`iterparse` over the first XML member of a zip."""
    count = 0
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".xml"))
        with archive.open(name) as stream:
            for _, element in ElementTree.iterparse(stream):  # noqa: S314 - a file that the benchmark made
                count += 1
                element.clear()
    return count


def zipped_json_lines(path: Path) -> int:
    """`json.loads` for each line of the members of a zip."""
    count = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as stream:
                count += sum(isinstance(json.loads(line), dict) for line in stream)
    return count


def text_lines(path: Path) -> int:
    """One regular expression for each line."""
    with path.open(encoding="utf-8") as stream:
        return sum(_HEAD.match(line) is not None for line in stream)


def table_rows(path: Path) -> int:
    """`select *` from each table."""
    with closing(sqlite3.connect(path)) as held:
        tables = [name for (name,) in held.execute("select name from sqlite_schema where type = 'table'")]
        return sum(1 for table in tables for _ in held.execute(f'select * from "{table}"'))


PEERS: Final[Mapping[str, Callable[[Path], int]]] = {
    "json.loads per line": json_lines,
    "json.load": json_document,
    "json.load per file": json_files,
    "json.loads per member": zipped_json,
    "json.loads per line in a zip": zipped_json_lines,
    "iterparse": xml_elements,
    "iterparse in a zip": zipped_xml,
    "mailbox": mails,
    "email": one_mail,
    "email per member": zipped_mails,
    "re.match per line": text_lines,
    "select *": table_rows,
}
"""By the name that the table shows."""
