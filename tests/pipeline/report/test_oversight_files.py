"""The three files of the oversight report, through a real lake."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest

from pipeline.errors import UsageError
from pipeline.report import quarterly
from pipeline.report.style import markup, printable, register_fonts
from tests.pipeline.report.report_builders import a_delivery, a_record, an_event, an_object, busy_quarter, write_lake

REPO = Path(__file__).resolve().parents[3]
_AGAIN = (
    "import sys; from pipeline.report import quarterly; "
    "quarterly(sys.argv[1], sys.argv[2], 'FY2026Q4', sys.argv[3], agency='Agency')"
)


def text_of(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.fixture
def lake(tmp_path: Path) -> str:
    url = write_lake(tmp_path / "lake", **busy_quarter())
    (tmp_path / "lake/runs/r1").mkdir(parents=True)
    (tmp_path / "lake/runs/r1/plan.json").write_text("{}")
    return url


def test_the_answer_names_the_files_and_the_leading_figures(lake: str, tmp_path: Path) -> None:
    answer = quarterly(lake, "", "FY2026Q4", str(tmp_path / "out"))
    assert answer["files"] == ["oversight-FY2026Q4.json", "oversight-FY2026Q4.csv", "oversight-FY2026Q4.pdf"]
    assert (answer["captured"], answer["folded"], answer["redactions"], answer["bundles"]) == (900, 900, 450, 5)
    assert (answer["lost_low"], answer["lost_high"], answer["balances"]) == (62, 119, True)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(answer["files"])


def test_the_same_lake_gives_the_same_bytes(lake: str, tmp_path: Path) -> None:
    quarterly(lake, "", "FY2026Q4", str(tmp_path / "a"), agency="Agency")
    elsewhere = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONPATH": str(REPO)}
    command = [sys.executable, "-c", _AGAIN, lake, "", str(tmp_path / "b")]
    subprocess.run(command, check=True, env=elsewhere)
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_the_three_files_agree(lake: str, tmp_path: Path) -> None:
    quarterly(lake, "", "FY2026Q4", str(tmp_path), agency="Ports & <Rails>")
    document = json.loads((tmp_path / "oversight-FY2026Q4.json").read_bytes())
    sheet = list(csv.DictReader(io.StringIO((tmp_path / "oversight-FY2026Q4.csv").read_text())))
    by_place = {(row["section"], row["item"], row["figure"]): row["value"] for row in sheet}
    for figure in document["figures"]:
        place = (figure["section"], " / ".join(figure["item"]), figure["name"])
        assert by_place[place] == str(figure["value"])
    pages = text_of(tmp_path / "oversight-FY2026Q4.pdf")
    for text in ("Ports & <Rails>", "900", "62–119", "(b)(7)(D)", "CBP-2026-04001", "How each figure is counted"):
        assert text in pages
    assert document["lake_rows"]["records"] == 900


def test_an_empty_lake_gives_a_report_that_says_so(tmp_path: Path) -> None:
    answer = quarterly(str(tmp_path / "none"), "", "FY2026Q4", str(tmp_path / "out"))
    assert answer["captured"] == 0
    assert answer["balances"]
    assert "holds no message dated in this quarter" in text_of(tmp_path / "out/oversight-FY2026Q4.pdf")


def test_figures_that_do_not_balance_stand_on_the_first_page(tmp_path: Path) -> None:
    url = write_lake(tmp_path / "lake", objects=[an_object(lines=9)], events=[an_event()])
    assert not quarterly(url, "", "FY2026Q4", str(tmp_path))["balances"]
    assert "Does not balance" in text_of(tmp_path / "oversight-FY2026Q4.pdf")


def test_the_public_edition_has_its_own_name(lake: str, tmp_path: Path) -> None:
    answer = quarterly(lake, "", "FY2026Q4", str(tmp_path / "out"), suppress_below=5)
    assert "oversight-FY2026Q4-public.pdf" in answer["files"]
    pages = text_of(tmp_path / "out/oversight-FY2026Q4-public.pdf")
    assert "Public edition" in pages
    assert "hidden" in pages
    assert "SOURCE_HANDLE" not in pages


def test_a_hostile_request_number_is_text_on_the_page(tmp_path: Path) -> None:
    request = '<img src="file:///etc/passwd"/>\u202e中'
    bundle = a_delivery(product="request", request=request)
    url = write_lake(tmp_path / "lake", records=[a_record()], deliveries=[bundle])
    quarterly(url, "", "FY2026Q4", str(tmp_path))
    pages = text_of(tmp_path / "oversight-FY2026Q4.pdf").replace("\r\n", "").replace("\n", "")
    assert "<img src=" in pages
    assert "[U+202E][U+4E2D]" in pages


def test_a_report_made_again_replaces_the_files(lake: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "oversight-FY2026Q4.csv").write_text("old")
    quarterly(lake, "", "FY2026Q4", str(out))
    assert (out / "oversight-FY2026Q4.csv").read_bytes().startswith(b"section,item,figure")


@pytest.mark.parametrize("bad", [{"quarter": "FY2026"}, {"zone": "Nowhere"}, {"suppress_below": -1}])
def test_a_wrong_setting_writes_nothing(tmp_path: Path, bad: dict[str, object]) -> None:
    settings: dict[str, object] = {"quarter": "FY2026Q4", "out": str(tmp_path / "out"), **bad}
    with pytest.raises(UsageError):
        quarterly(str(tmp_path / "lake"), "", **settings)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_characters_without_a_glyph_are_named() -> None:
    register_fonts()
    assert printable("Ж é 中\x07") == "Ж é [U+4E2D][U+0007]"
    assert markup("a<b>&中") == "a&lt;b&gt;&amp;[U+4E2D]"
