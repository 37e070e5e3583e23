"""The bag writer: the published vectors, two readers that agree, and everything it refuses."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import bagit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.bundle.bag import digest_file, encode_path, write_bag
from pipeline.bundle.bag_reader import check_bag
from pipeline.bundle.names import check_name
from pipeline.errors import BundlerError

VECTORS = {
    "data/a.txt": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "bagit.txt": "1712ecfb074bf29c4188ad3421032509159a09739fd604f8fe57038b4ddefcc9",
    "bag-info.txt": "cac32686dbf5d715409eaaa4d4449976046b85a6f7d8512b7a08db794b8b1195",
    "manifest-sha256.txt": "42262841bd2e7f08b7646d1a25b37dc0014beaeddb55e8a8b26a28f4bab5bf85",
    "manifest-sha512.txt": "c3bacef769fdda5b9532f776f1c923be33a0f9b13db0486c02bc3daad6cb045c",
    "tagmanifest-sha256.txt": "cfd84229ec12690b4a7acc5baedfd48b174b005b90723f904270dacc09bf3413",
}


def a_payload(root: Path, files: dict[str, bytes] | None = None) -> Path:
    for path, content in (files or {"data/a.txt": b"hello\n"}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def test_the_smallest_bag_has_the_published_digests(tmp_path: Path) -> None:
    bag = write_bag(a_payload(tmp_path), {"Bag-Count": "1 of 1"}, bagging_date="2025-01-02")
    assert {path: digest_file(tmp_path / path).sha256 for path in VECTORS} == VECTORS
    assert (bag.files, bag.octets) == (1, 6)
    assert bag.tagmanifests["tagmanifest-sha256.txt"] == VECTORS["tagmanifest-sha256.txt"]
    assert digest_file(tmp_path / "data/a.txt").sha512.startswith("e7c22b994c59d9cf2b48e549b1e24666636045930d3da7c1")


def test_bagit_python_agrees(tmp_path: Path) -> None:
    files = {"data/pdf/a-1.pdf": b"x", "data/records.jsonl": b"y", "metadata/schema/r.json": b"{}"}
    write_bag(a_payload(tmp_path, files), {"Contact-Name": ["A B", "C D"]}, bagging_date="2025-01-02")
    bag = bagit.Bag(str(tmp_path))
    assert bag.is_valid()
    assert bag.info["Contact-Name"] == ["A B", "C D"]
    assert bag.info["Payload-Oxum"] == "2.2"


def test_tag_manifests_list_metadata_but_not_signatures(tmp_path: Path) -> None:
    files = {"data/a": b"x", "metadata/m.json": b"{}", "signatures/s.json": b"{}"}
    write_bag(a_payload(tmp_path, files), {}, bagging_date="2025-01-02")
    listed = [line.split("  ")[1] for line in (tmp_path / "tagmanifest-sha512.txt").read_text().splitlines()]
    assert listed == ["bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt", "metadata/m.json"]
    assert check_bag(tmp_path) == []


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    files = {"data/a": b"x", "metadata/m.json": b"{}"}
    first = write_bag(a_payload(tmp_path, files), {}, bagging_date="2025-01-02")
    assert write_bag(tmp_path, {}, bagging_date="2025-01-02") == first


@pytest.mark.parametrize(
    ("path", "encoded"),
    [("a%0Ab", "a%250Ab"), ("a\nb\rc", "a%0Ab%0Dc"), ("a b~\u00fa", "a b~\u00fa"), ("%", "%25")],
)
def test_paths_are_percent_encoded(path: str, encoded: str) -> None:
    assert encode_path(path) == encoded


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("data/records.jsonl", ""),
        ("data/pdf/c-0a1b_20261005.pdf", ""),
        ("data/Records.jsonl", "name-not-portable"),
        ("data/.keep", "name-not-portable"),
        ("data/a b", "name-not-portable"),
        ("data/a.", "name-not-portable"),
        ("data/\u00fa", "name-not-portable"),
        ("data/con.txt", "name-not-portable"),
        ("data/../x", "name-not-portable"),
        ("data//x", "name-not-portable"),
        ("data/" + "a" * 300, "path-too-long"),
    ],
)
def test_portable_names(path: str, rule: str) -> None:
    assert check_name(path) == rule


@pytest.mark.parametrize(
    "files",
    [
        {"data/A.txt": b"x"},
        {"data/.hidden": b"x"},
        {"data/empty": b""},
        {"metadata/only": b"x"},
        {"data/a": b"x", "A": b"x"},
    ],
)
def test_a_payload_that_archives_would_refuse_is_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    with pytest.raises(BundlerError):
        write_bag(a_payload(tmp_path, files), {}, bagging_date="2025-01-02")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    a_payload(tmp_path)
    (tmp_path / "data/none").mkdir()
    with pytest.raises(BundlerError, match="empty-folder"):
        write_bag(tmp_path, {}, bagging_date="2025-01-02")


def test_a_link_is_refused(tmp_path: Path) -> None:
    a_payload(tmp_path)
    (tmp_path / "data/link").symlink_to("/etc/hostname")
    with pytest.raises(BundlerError, match="not-a-plain-file"):
        write_bag(tmp_path, {}, bagging_date="2025-01-02")


@pytest.mark.parametrize(
    ("info", "date"),
    [
        ({"Payload-Oxum": "1.1"}, "2025-01-02"),
        ({"Label": "two\nlines"}, "2025-01-02"),
        ({"Label": ""}, "2025-01-02"),
        ({"La:bel": "x"}, "2025-01-02"),
        ({}, "2 January 2025"),
    ],
)
def test_wrong_bag_info_is_refused(tmp_path: Path, info: dict[str, str | Sequence[str]], date: str) -> None:
    with pytest.raises(BundlerError):
        write_bag(a_payload(tmp_path), info, bagging_date=date)


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z0-9]{1,8}(\.[a-z]{1,3})?", fullmatch=True).filter(lambda n: not check_name(n)),
        st.binary(min_size=1, max_size=300),
        min_size=1,
        max_size=6,
    )
)
def test_every_written_bag_is_valid_and_every_flipped_bit_is_found(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    root = tmp_path_factory.mktemp("bag")
    write_bag(
        a_payload(root, {f"data/{name}": content for name, content in files.items()}), {}, bagging_date="2025-01-02"
    )
    assert check_bag(root) == []
    victim = root / "data" / min(files)
    content = victim.read_bytes()
    victim.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert {p.rule for p in check_bag(root)} == {"digest-differs"}
    assert hashlib.sha256(content).hexdigest() in (root / "manifest-sha256.txt").read_text()
