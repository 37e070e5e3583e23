"""The strict reader: the conformance suite's verdicts, and one test per rule that the suite does not touch."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from pipeline.bundle.bag_reader import check_bag

SUITE = Path(__file__).resolve().parents[3] / "../shared/data/bagit_conformance"
VERDICTS = {"valid": True, "invalid": False, "linux-only": False, "windows-only": False, "warning": True}


def _cases() -> list[Path]:
    return sorted(p for p in SUITE.glob("v*/*/*") if p.is_dir()) if SUITE.is_dir() else []


def fatal(bag: Path) -> set[str]:
    return {p.rule for p in check_bag(bag) if p.fatal}


def a_bag(root: Path, files: dict[str, bytes] | None = None, **tags: bytes) -> Path:
    """A small bag; keyword arguments replace tag files (`bagit`, `manifest`, `info`)."""
    files = files or {"data/a.txt": b"hello\n"}
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    lines = [f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in sorted(files.items())]
    (root / "bagit.txt").write_bytes(tags.get("bagit", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"))
    (root / "manifest-sha256.txt").write_bytes(tags.get("manifest", "".join(lines).encode()))
    if "info" in tags:
        (root / "bag-info.txt").write_bytes(tags["info"])
    return root


@pytest.mark.skipif(not SUITE.is_dir(), reason="the BagIt conformance suite is not beside this repository")
@pytest.mark.parametrize("bag", _cases(), ids=lambda p: "/".join(p.parts[-3:]))
def test_conformance_suite(bag: Path) -> None:
    problems = check_bag(bag)
    assert (not [p for p in problems if p.fatal]) is VERDICTS[bag.parent.name]
    if bag.parent.name == "warning":
        assert problems


def test_a_clean_bag_has_no_problem(tmp_path: Path) -> None:
    assert check_bag(a_bag(tmp_path)) == []


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/etc/passwd", "absolute-path"),
        ("C:/x", "absolute-path"),
        ("\\\\host\\x", "absolute-path"),
        ("data/../../x", "path-climbs-out"),
        ("data\\..\\..\\x", "path-climbs-out"),
        ("~/x", "shell-shortcut"),
        ("$HOME/x", "shell-shortcut"),
        ("bagit.txt", "not-in-payload"),
        ("data//a.txt", "path-malformed"),
        ("data/./a.txt", "path-malformed"),
        ("data/nul.txt", "device-name"),
    ],
)
def test_hostile_paths_are_refused(tmp_path: Path, path: str, rule: str) -> None:
    good = f"{hashlib.sha256(b'hello' + bytes([10])).hexdigest()}  "
    assert rule in fatal(a_bag(tmp_path, manifest=f"{good}data/a.txt\n{good}{path}\n".encode()))


def test_a_link_is_refused_and_not_followed(tmp_path: Path) -> None:
    bag = a_bag(tmp_path / "bag")
    (bag / "data/b.txt").symlink_to("/etc/hostname")
    assert {"link-in-bag"} == fatal(bag)


def test_a_linked_folder_is_refused(tmp_path: Path) -> None:
    bag = a_bag(tmp_path / "bag")
    (bag / "data/more").symlink_to("/etc")
    assert "link-in-bag" in fatal(bag)


def test_a_pipe_is_refused_and_not_opened(tmp_path: Path) -> None:
    bag = a_bag(tmp_path)
    os.mkfifo(bag / "data/pipe")
    assert "not-a-plain-file" in fatal(bag)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"BagIt-Version: 1.0 \nTag-File-Character-Encoding: UTF-8\n", "bagit-txt-malformed"),
        (b"BagIt-Version : 1.0\nTag-File-Character-Encoding: UTF-8\n", "bagit-txt-malformed"),
        (b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nMore: 1\n", "bagit-txt-malformed"),
        (b"BagIt-Version: 9.9\nTag-File-Character-Encoding: UTF-8\n", "version-unknown"),
        (b"BagIt-Version: 1.0\nTag-File-Character-Encoding: zip\n", "encoding-unknown"),
        (b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-99\n", "encoding-unknown"),
        (b"\xef\xbb\xbfBagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "byte-order-mark"),
    ],
)
def test_a_wrong_declaration_is_refused(tmp_path: Path, content: bytes, rule: str) -> None:
    assert fatal(a_bag(tmp_path, bagit=content)) == {rule}


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"Payload-Oxum: 7.1\n", "oxum-differs"),
        (b"Payload-Oxum: six\n", "oxum-malformed"),
        (b"Payload-Oxum: 6.1\nPayload-Oxum: 6.1\n", "info-repeated"),
        (b"no colon here\n", "info-line"),
        (b"Label : padded\n", "info-whitespace"),
        (b"Label:value\n", "info-whitespace"),
        (b"Label: \xff\xfe\n", "tag-file-encoding"),
    ],
)
def test_wrong_bag_info_is_refused(tmp_path: Path, content: bytes, rule: str) -> None:
    assert rule in fatal(a_bag(tmp_path, info=content))


def test_names_that_differ_only_in_case_or_normalisation_are_refused(tmp_path: Path) -> None:
    files = {"data/a.txt": b"1", "data/A.txt": b"2", "data/n\u00fa.txt": b"3", "data/nu\u0301.txt": b"4"}
    problems = [p for p in check_bag(a_bag(tmp_path, files)) if p.rule == "names-differ-in-spelling-only"]
    assert len(problems) == 2
    assert all(p.fatal for p in problems)


def test_percent_25_is_decoded_from_1_0_on(tmp_path: Path) -> None:
    line = hashlib.sha256(b"x").hexdigest() + "  data/100%25.txt\n"
    bag = a_bag(tmp_path, {"data/100%.txt": b"x"}, manifest=line.encode())
    assert check_bag(bag) == []


def test_a_short_digest_is_refused(tmp_path: Path) -> None:
    assert "manifest-line" in fatal(a_bag(tmp_path, manifest=b"abc  data/a.txt\n"))


def test_a_listed_file_in_another_manifest_must_be_in_all(tmp_path: Path) -> None:
    bag = a_bag(tmp_path)
    (bag / "manifest-sha512.txt").write_bytes(b"")
    assert fatal(bag) == {"not-in-manifest"}


def test_a_missing_system_file_with_content_is_missing(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    listed = f"{hashlib.sha256(b'hello' + bytes([10])).hexdigest()}  data/a.txt\n{digest}  data/.DS_Store\n"
    old = b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"
    assert fatal(a_bag(tmp_path, manifest=listed.encode(), bagit=old)) == {"file-missing"}


def test_not_a_folder(tmp_path: Path) -> None:
    assert fatal(tmp_path / "absent") == {"not-a-folder"}
