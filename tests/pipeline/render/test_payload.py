"""One selection, every rendition: same records, same labels, same numbers, same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pikepdf
import pytest

from pipeline.errors import BundlerError
from pipeline.model import Finding
from pipeline.render import RenderReport, SightingRow, render_payload
from pipeline.render.released import decode, flatten, redactions
from pipeline.render.schema import RECORD_SCHEMA
from pipeline.render.vocabulary import COLUMNS
from tests.pipeline.render.builders import JOB, a_bundle, a_record, deletion, numbered, person, text, write_part
from tests.pipeline.render.reading import has_run, json_lines, pdf_pages, streams, table, words

REPOSITORY = Path(__file__).resolve().parents[3]
SNAPSHOT = Path(__file__).parent / "golden.json"

FINDING = Finding(
    finding_id="f-1",
    rule="sequence-gap",
    basis="inferred",
    confidence=0.8,
    platform="wickr",
    conversation_id="c-" + "0" * 16,
    custodian="marcus-reyes-phone",
    unit="2026-10-05",
    from_utc=1_791_205_201_500_000,
    to_utc=1_791_205_202_000_000,
    count_low=3,
    count_high=5,
    evidence=("captures/secret-key#17",),
)


def render(folder: Path, workers: int = 1) -> tuple[RenderReport, Path]:
    parts = [write_part(folder / f"in/part-{n:04d}.jsonl", part) for n, part in enumerate(a_bundle())]
    copies = {a_bundle()[0][0]["record_id"]: [SightingRow(record_id="", format="wickr-bot")] * 2}
    out = folder / f"out-{workers}"
    report = render_payload(
        parts, [FINDING], JOB, out, sightings=lambda part: copies if part == 0 else {}, workers=workers
    )
    return report, out


def digests(out: Path) -> dict[str, str]:
    files = sorted(path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def payload(tmp_path_factory: pytest.TempPathFactory) -> tuple[RenderReport, Path]:
    return render(tmp_path_factory.mktemp("payload"))


def test_files_and_bytes_are_those_of_the_snapshot(payload: tuple[RenderReport, Path]) -> None:
    found = digests(payload[1])
    if os.environ.get("GOLDEN") == "write":
        SNAPSHOT.write_text(json.dumps(found, indent=2) + "\n")
    assert found == json.loads(SNAPSHOT.read_text())


def test_number_of_processes_does_not_change_a_byte(payload: tuple[RenderReport, Path], tmp_path: Path) -> None:
    report, out = render(tmp_path, workers=2)
    assert (report, digests(out)) == (payload[0], digests(payload[1]))


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C", "RL_pdfComments": "1", "RL_pdfMultiLine": "1"}],
)
def test_surroundings_do_not_change_a_byte(
    payload: tuple[RenderReport, Path], tmp_path: Path, environment: dict[str, str]
) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.pipeline.render.test_payload import render; "
        "render(Path(sys.argv[1]) / 'before'); render(Path(sys.argv[1]) / 'after')"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=REPOSITORY, env={**os.environ, **environment}, check=True
    )
    wanted = digests(payload[1])
    assert digests(tmp_path / "before/out-1") == wanted
    assert digests(tmp_path / "after/out-1") == wanted


def test_records_validate_against_the_schema_that_goes_with_them(payload: tuple[RenderReport, Path]) -> None:
    schema = json.loads((payload[1] / "metadata/schema/records.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for record in json_lines(payload[1] / "data/records.jsonl"):
        validator.validate(record)


def test_schema_refuses_lengths_and_offsets() -> None:
    record = a_record(body=text({**deletion(1), "start": 3}), bates={"begin": "B-1", "end": "B-1"})
    assert not jsonschema.Draft202012Validator(RECORD_SCHEMA).is_valid(record)


def test_every_rendition_states_the_same_deletions(payload: tuple[RenderReport, Path]) -> None:
    report, out = payload
    index = table(out / "data/index/withholding.csv")
    stated = [
        (str(part["index_no"]), record["record_id"], "; ".join(part["exemptions"]), part["amount"] or "")
        for record in json_lines(out / "data/records.jsonl")
        for _, part in redactions(record)
    ]
    assert [(r["index_no"], r["record_id"], r["exemptions"], r["amount"]) for r in index] == stated
    assert [int(row["index_no"]) for row in index] == list(range(1, len(index) + 1))
    assert sum(report.redactions.values()) == len(index)


def test_pdf_and_csv_say_what_the_records_say(payload: tuple[RenderReport, Path]) -> None:
    _, out = payload
    found = words(pdf_pages(out / "data/pdf/volume-0001.pdf"))
    records = json_lines(out / "data/records.jsonl")
    for record, row in zip(records, table(out / "data/records.csv"), strict=True):
        assert row["body"].removeprefix("'") == flatten(record["body"])
        if record["sender"]["participant"] != "P9":
            assert has_run(found, flatten(record["body"]).split()), record["record_id"]


def test_bates_numbers_are_unique_and_gapless(payload: tuple[RenderReport, Path]) -> None:
    report, out = payload
    with pikepdf.open(out / "data/pdf/volume-0001.pdf") as document:
        labels = [str(label) for label in document.Root.PageLabels.Nums]
        printed = [str(entry.P) for entry in list(document.Root.PageLabels.Nums)[1::2]]
    pages = pdf_pages(out / "data/pdf/volume-0001.pdf")
    assert len(labels) == 2 * report.pages
    assert printed == [f"BIW-{n:06d}" for n in range(1, report.pages + 1)]
    for number, page in zip(printed, pages, strict=True):
        assert page.split()[-1] == number


def test_a_record_lies_on_the_pages_its_bates_numbers_name(payload: tuple[RenderReport, Path]) -> None:
    _, out = payload
    pages = pdf_pages(out / "data/pdf/volume-0001.pdf")
    for record in json_lines(out / "data/records.jsonl"):
        first, last = (int(record["bates"][end].removeprefix("BIW-")) for end in ("begin", "end"))
        found = words(pages[first - 1 : last])
        assert record["sent_at"][11:19] in words(pages[first - 1 : first])
        said = flatten(record["body"]).split()
        if said and record["sender"]["participant"] != "P9":
            assert has_run(found, said[:3])
            assert has_run(words(pages[last - 1 : last]), said[-1:])


def test_losses_are_told_in_place_and_without_their_evidence(payload: tuple[RenderReport, Path]) -> None:
    _, out = payload
    (row,) = table(out / "data/index/losses.csv")
    assert (row["finding_id"], row["low"], row["high"]) == ("f-1", "3", "5")
    page = next(p for p in pdf_pages(out / "data/pdf/volume-0001.pdf") if "Finding of loss" in p)
    assert page.index("09:00:01 -04:00") < page.index("Finding of loss, inferred") < page.index("09:00:02 -04:00")
    for path in out.rglob("*"):
        held = streams(path) if path.suffix == ".pdf" else path.read_bytes() if path.is_file() else b""
        assert b"secret-key" not in held
        assert b"marcus-reyes-phone" not in held


def test_folded_copies_are_listed_with_their_formats(payload: tuple[RenderReport, Path]) -> None:
    (row,) = table(payload[1] / "data/index/duplicates.csv")
    assert (row["sightings"], row["formats"], row["custodians"]) == ("2", "wickr-bot; wickr-bot", "P1; P2")


def test_tables_have_the_columns_of_the_data_dictionary(payload: tuple[RenderReport, Path]) -> None:
    _, out = payload
    described = table(out / "metadata/schema/data-dictionary.csv")
    for name in COLUMNS:
        header = (out / "data" / name).read_text(encoding="utf-8").splitlines()[0].split(",")
        assert header == [row["column"] for row in described if row["file"] == f"data/{name}"]


def test_document_information_names_title_and_producer_only(payload: tuple[RenderReport, Path]) -> None:
    with pikepdf.open(payload[1] / "data/pdf/volume-0001.pdf") as document:
        assert dict(document.docinfo) == {"/Title": JOB.title, "/Producer": "foia-bundler"}
        assert document.check_pdf_syntax() == []


def test_volumes_hold_whole_units_and_number_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.render.plan.MAX_VOLUME_PAGES", 5)
    report, out = render(tmp_path)
    assert len(report.volumes) > 1
    labels: list[str] = []
    for volume in report.volumes:
        with pikepdf.open(out / "data" / volume.name) as document:
            labels += [str(entry.P) for entry in list(document.Root.PageLabels.Nums)[1::2]]
    assert labels == [f"BIW-{n:06d}" for n in range(1, report.pages + 1)]
    units: dict[tuple[str, str], set[str]] = {}
    for record in json_lines(out / "data/records.jsonl"):
        home = next(v.name for v in report.volumes if v.first_bates <= record["bates"]["begin"] <= v.last_bates)
        units.setdefault((record["conversation_id"], record["unit"]), set()).add(home)
    assert all(len(homes) == 1 for homes in units.values())


def test_nothing_selected_still_gives_a_cover_and_empty_tables(tmp_path: Path) -> None:
    report = render_payload([], [], JOB, tmp_path / "out")
    assert (report.records, report.pages, report.last_bates) == (0, 1, "BIW-000001")
    assert table(tmp_path / "out/data/records.csv") == []
    assert (tmp_path / "out/data/records.jsonl").read_bytes() == b""


def test_a_deletion_without_a_number_stops_the_rendering(tmp_path: Path) -> None:
    part = write_part(tmp_path / "part.jsonl", [a_record(body=text(deletion(0)))])
    with pytest.raises(BundlerError, match="no index number"):
        render_payload([part], [], JOB, tmp_path / "out")


def test_a_line_that_is_no_json_stops_the_rendering(tmp_path: Path) -> None:
    (tmp_path / "part.jsonl").write_text("{\n")
    with pytest.raises(BundlerError, match="not valid JSON"):
        render_payload([tmp_path / "part.jsonl"], [], JOB, tmp_path / "out")


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"])
def test_no_cell_of_any_table_begins_like_a_formula(tmp_path: Path, formula: str) -> None:
    record = a_record(
        body=text(formula),
        sender=person("P1", formula),
        conversation={"kind": "room", "title": text(formula)},
        details=[{"label": "Room title", "value": text(formula)}],
        conflicts=[formula],
        sightings=2,
    )
    render_payload([write_part(tmp_path / "part.jsonl", [record])], [], JOB, tmp_path / "out")
    for name in COLUMNS:
        for row in table(tmp_path / "out/data" / name):
            assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    (line,) = json_lines(tmp_path / "out/data/records.jsonl")
    assert flatten(line["body"]) == formula


def test_what_a_label_looks_like_depends_on_code_and_amount_only(tmp_path: Path) -> None:
    drawn = []
    for category, statute in (("PHONE", None), ("NAME_LINE_OFFICER", "8 U.S.C. 1367")):
        record = a_record(body=text("Call ", deletion(1, category=category, statute=statute), " now."))
        out = tmp_path / category
        render_payload([write_part(out / "part.jsonl", [record])], [], JOB, out)
        drawn.append((out / "data/pdf/volume-0001.pdf").read_bytes())
    assert drawn[0] == drawn[1]


def test_page_fonts_hold_no_glyph_of_another_document(tmp_path: Path) -> None:
    for name, said in (("first", "密码是熊猫 Ωμέγα"), ("second", "plain")):
        part = write_part(tmp_path / name / "part.jsonl", [a_record(body=text(said))])
        render_payload([part], [], JOB, tmp_path / name)
    second = streams(tmp_path / "second/data/pdf/volume-0001.pdf")
    assert b"NotoSansSC" not in second
    assert "密".encode("utf-16-be").hex().upper().encode() not in second


def test_record_that_spans_pages_names_both(tmp_path: Path) -> None:
    long = a_record(body=text("\n".join(f"line {n}" for n in range(120))))
    part = write_part(tmp_path / "part.jsonl", numbered([a_record(), long, a_record()]))
    render_payload([part], [], JOB, tmp_path / "out")
    first, second, third = [decode(json.dumps(r).encode()) for r in json_lines(tmp_path / "out/data/records.jsonl")]
    assert first["bates"] == {"begin": "BIW-000002", "end": "BIW-000002"}
    assert second["bates"] == {"begin": "BIW-000002", "end": "BIW-000004"}
    assert third["bates"]["begin"] == "BIW-000004"


def test_numbers_begin_where_the_job_says(tmp_path: Path) -> None:
    part = write_part(tmp_path / "part.jsonl", [a_record()])
    report = render_payload([part], [], replace(JOB, bates_first=501, bates_digits=4), tmp_path / "out")
    assert (report.first_bates, report.last_bates) == ("BIW-0501", "BIW-0502")
