"""The gate: the clean bundle passes, and each single damage is refused by the name of its rule."""

from __future__ import annotations

import base64
import gzip
import io
import json
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from pipeline.bundle.verify import verify_bag, verify_bundle
from pipeline.bundle.verify.certificate import read_certificate
from pipeline.errors import BadInput
from tests.pipeline.bundle.a_bundle import (
    ACCENTED,
    CHINESE,
    EMAIL,
    LITERALS,
    NAME,
    PHONE,
    PLATE,
    REDACTIONS,
    SHORT_NAME,
    SSN,
    a_bundle,
    a_pdf,
    a_record,
    a_run,
    change,
    change_pdf,
    jsonl,
    payload,
    records,
    redaction,
    reseal,
    text,
)

PDF = "data/pdf/volume-0001.pdf"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return a_bundle(tmp_path)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return a_run(tmp_path)


def rules(bundle: Path, run: Path | None) -> set[str]:
    return {finding.rule for finding in verify_bundle(bundle, run).findings if finding.blocks}


def say(bundle: Path, words: str) -> Path:
    """Put words into the text of a released record."""
    rows = [*records()[:2], a_record(3, [text(words)])]
    return change(bundle, "data/records.jsonl", lambda _: jsonl(rows))


def append(words: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content + words


def test_the_clean_bundle_passes_with_and_without_the_ledger(bundle: Path, run: Path) -> None:
    judged = verify_bundle(bundle, run)
    assert [f for f in judged.findings if f.blocks] == []
    assert judged.passed
    assert judged.checks["records"] == 3
    assert judged.checks["labels"] == judged.checks["redactions"] == REDACTIONS
    assert judged.checks["literals"] > 8
    assert verify_bundle(bundle, None).passed


def test_the_certificate_is_the_same_twice_and_can_be_read_back(bundle: Path, run: Path) -> None:
    first, second = verify_bundle(bundle, run), verify_bundle(bundle, run)
    assert first.to_json() == second.to_json()
    path = first.write_beside(bundle)
    assert path.name == f"{bundle.name}.verification.json"
    assert read_certificate(path).to_json() == first.to_json()
    assert str(bundle.parent) not in path.read_text()


def test_notes_tell_what_was_not_searched_and_do_not_block(bundle: Path, run: Path) -> None:
    notes = {f.rule: f.found for f in verify_bundle(bundle, run).findings}
    assert notes == {"literal-too-short-to-search": "2", "literal-is-ordinary": "3"}


# Damage that the bag's own fixity tells


def test_a_flipped_byte_is_refused(bundle: Path, run: Path) -> None:
    path = bundle / "data/records.csv"
    content = bytearray(path.read_bytes())
    content[5] ^= 1
    path.write_bytes(content)
    assert {"digest-differs", "bagit-python-refuses"} <= rules(bundle, run)


def test_a_missing_file_is_refused(bundle: Path, run: Path) -> None:
    (bundle / "data/index/losses.csv").unlink()
    assert "file-missing" in rules(bundle, run)


def test_an_added_payload_file_is_refused(bundle: Path, run: Path) -> None:
    (bundle / "data/extra.txt").write_bytes(b"x")
    assert "not-in-manifest" in rules(bundle, run)


def test_an_added_tag_file_is_refused(bundle: Path, run: Path) -> None:
    (bundle / "metadata/extra.txt").write_bytes(b"x")
    assert "tag-file-not-listed" in rules(bundle, run)


@pytest.mark.parametrize("name", ["data/.DS_Store", "data/Extra.txt", "data/a b.txt"])
def test_names_that_are_not_portable_are_refused(bundle: Path, run: Path, name: str) -> None:
    (bundle / name).write_bytes(b"x")
    assert "name-not-portable" in rules(bundle, run)


def test_a_link_is_refused(bundle: Path, run: Path) -> None:
    (bundle / "data/link").symlink_to("/etc/hostname")
    assert "link-in-bag" in rules(bundle, run)


# Damage that only the gate can tell: literals put back, manifests fixed up

TEXTS = {
    "plain": NAME,
    "case": NAME.upper(),
    "reversed": "Quintanilla, Marisol",
    "joined": "marisolquintanilla",
    "dotted": "marisol.quintanilla",
    "inside-a-longer-word": "xMarisolQuintanillax",
    "short-name": f"ask {SHORT_NAME} first",
    "short-name-lower": SHORT_NAME.lower(),
    "short-name-spelled": " ".join(SHORT_NAME),
    "phone-digits": "9565550134",
    "phone-dashes": "956-555-0134",
    "phone-country": "+1 956 555 0134",
    "phone-spaced": "9 5 6 5 5 5 0 1 3 4",
    "phone-full-width": "\uff19\uff15\uff16\uff15\uff15\uff15\uff10\uff11\uff13\uff14",
    "phone-arabic-digits": "\u0669\u0665\u0666\u0665\u0665\u0665\u0660\u0661\u0663\u0664",
    "ssn-plain": "219099999",
    "ssn-dots": "219.09.9999",
    "email": EMAIL,
    "email-upper": EMAIL.upper(),
    "accents-nfd": unicodedata.normalize("NFD", ACCENTED),
    "accents-dropped": "Ramon Ibarguen",
    "zero-width": "Ram\u200bon Ibar\u200dguen",
    "emoji-between": "M\U0001f600a\U0001f600r\U0001f600i\U0001f600sol Quintanilla",
    "homoglyphs": "M\u0430ris\u043el Quint\u0430nill\u0430",
    "plate": "klm8221",
    "chinese": f"\u95ee{CHINESE}\u5427",
    "url-encoded": "Marisol%20Quintanilla",
    "url-encoded-letters": "%4D%61%72%69%73%6F%6C%20Quintanilla",
    "entities": "Marisol&nbsp;&#81;uintanilla",
    "quoted-printable": "=4Darisol=20Quintanilla",
    "json-escape": "\\u004darisol Quintanilla",
    "base64": base64.b64encode(NAME.encode()).decode(),
    "base64-shift-1": base64.b64encode(b"x" + NAME.encode()).decode(),
    "base64-shift-2": base64.b64encode(b"xy" + NAME.encode()).decode(),
    "base64-lower": base64.b64encode(b"name: " + NAME.lower().encode() + b" done").decode(),
    "base64-url": base64.urlsafe_b64encode(b"\xff\xfe??>" + NAME.encode()).decode(),
    "base64-of-phone": base64.b64encode(b"call 956-555-0134 now").decode(),
    "base64-utf16": base64.b64encode(NAME.encode("utf-16-le")).decode(),
    "base64-twice": base64.b64encode(base64.b64encode(b"name: " + NAME.encode() + b" done")).decode(),
    "hex": NAME.encode().hex(),
    "hex-upper-spaced": NAME.encode().hex(" ").upper(),
    "hex-utf16": NAME.encode("utf-16-be").hex(),
    "line-break": "Marisol\nQuintanilla",
    "line-break-in-word": "Marisol Quin-\ntanilla",
}


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS.keys())
def test_a_literal_in_a_record_is_refused(bundle: Path, run: Path, words: str) -> None:
    found = rules(say(bundle, words), run)
    assert any(rule.startswith("literal-in-text") for rule in found)
    assert all(rule.startswith("literal-in-text") or rule == "identifier-released" for rule in found)


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("path", ["data/records.csv", "metadata/file-list.csv"])
def test_a_literal_in_a_table_is_refused(bundle: Path, run: Path, words: str, path: str) -> None:
    row = f'"{words}",x\n'.encode()
    found = rules(change(bundle, path, append(row)), run)
    assert any(rule.startswith("literal-in-text") for rule in found)


@pytest.mark.parametrize(
    "words",
    [
        "the marina is closed",
        "graceful and unknown",
        "ask mazayra-like things of 12340",
        "seen 2026-10-05 and 1234",
        "unit 21909 and 99991",
        "order 12 of 40",
        "qu in ta ni",
    ],
)
def test_ordinary_text_is_not_refused(bundle: Path, run: Path, words: str) -> None:
    assert rules(say(bundle, words), run) == set()


def test_a_literal_in_a_file_name_is_refused(bundle: Path, run: Path) -> None:
    (bundle / "data/pdf/volume-0001.pdf").rename(bundle / "data/pdf/marisol_quintanilla.pdf")
    assert "literal-in-name" in rules(reseal(bundle), run)


def test_a_literal_in_a_folder_name_is_refused(bundle: Path, run: Path) -> None:
    (bundle / "data/pdf").rename(bundle / "data/klm8221")
    assert "literal-in-name" in rules(reseal(bundle), run)


def test_a_literal_in_bag_info_is_refused(bundle: Path, run: Path) -> None:
    from pipeline.bundle.bag import write_bag

    write_bag(bundle, {"Contact-Name": NAME}, bagging_date="2026-10-05")
    assert "literal-in-bag-info" in rules(bundle, run)


def test_a_literal_in_a_utf16_table_is_refused(bundle: Path, run: Path) -> None:
    for codec in ("utf-16", "utf-16-le", "utf-16-be"):
        content = f"index,{ACCENTED}\n".encode(codec)
        found = rules(change(bundle, "data/index/losses.csv", lambda _, content=content: content), run)
        assert any(rule.startswith("literal-in-text") for rule in found)


@pytest.mark.parametrize("name", ["attachments/a.bin", "attachments/a.jpg"])
def test_a_literal_between_binary_bytes_is_refused(bundle: Path, run: Path, name: str) -> None:
    path = bundle / "data" / name
    path.parent.mkdir()
    path.write_bytes(bytes(range(256)) * 4 + NAME.encode() + bytes(range(256)))
    assert "literal-in-binary" in rules(reseal(bundle), run)
    path.write_bytes(bytes(range(256)) * 4 + NAME.encode("utf-16-le") + bytes(range(256)))
    assert any(rule.startswith("literal-in-binary") for rule in rules(reseal(bundle), run))


def test_a_literal_in_an_archive_is_refused(bundle: Path, run: Path) -> None:
    path = bundle / "data/attachments/a.zip"
    path.parent.mkdir()
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.txt", gzip.compress(b"x" * 5000 + NAME.encode()))
    path.write_bytes(inner.getvalue())
    assert "literal-in-archive" in rules(reseal(bundle), run)


def test_an_archive_that_cannot_be_opened_is_refused(bundle: Path, run: Path) -> None:
    path = bundle / "data/attachments/a.zip"
    path.parent.mkdir()
    path.write_bytes(b"PK\x03\x04 not really")
    assert "archive-unreadable" in rules(reseal(bundle), run)


def test_a_literal_at_a_chunk_border_is_refused(bundle: Path, run: Path) -> None:
    from pipeline.bundle.verify.search import CHUNK

    filler = b"abc,def\n" * ((CHUNK - 10) // 8)
    content = b"x,y\n" + filler + NAME.encode() + b"\n" + filler
    found = rules(change(bundle, "data/index/losses.csv", lambda _: content), run)
    assert "literal-in-text" in found


# PDF


def _draw(*lines: str) -> Callable[[bytes], bytes]:
    return lambda _: a_pdf(lines)


@pytest.mark.parametrize(
    "words", [NAME, NAME.lower(), PHONE, "956 555 0134", SSN, SHORT_NAME, EMAIL, PLATE, "Ram\u00f3n Ibarg\u00fcen"]
)
def test_a_literal_on_a_page_is_refused(bundle: Path, run: Path, words: str) -> None:
    assert "literal-in-pdf-text" in rules(change(bundle, PDF, _draw(f"met {words} today")), run)


@pytest.mark.parametrize(
    "lines",
    [
        ("met Marisol", "Quintanilla today"),
        ("met Marisol Quin-", "tanilla today"),
        ("met Ms Quintan", "illa, Marisol"),
        ("call 956-555-", "0134 now"),
    ],
)
def test_a_literal_over_two_lines_is_refused(bundle: Path, run: Path, lines: tuple[str, str]) -> None:
    values = a_run(run.parent, [NAME, PHONE, "Quintanilla"])
    assert "literal-in-pdf-text" in rules(change(bundle, PDF, _draw(*lines)), values)


def _info(document: pikepdf.Pdf) -> None:
    document.docinfo["/Author"] = NAME


def _info_utf16(document: pikepdf.Pdf) -> None:
    document.docinfo["/Keywords"] = pikepdf.String(ACCENTED)


def _xmp(document: pikepdf.Pdf) -> None:
    with document.open_metadata() as metadata:
        metadata["dc:description"] = f"about {NAME}"


def _outline(document: pikepdf.Pdf) -> None:
    with document.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(NAME, 0))


def _stream(document: pikepdf.Pdf) -> None:
    document.Root["/Extra"] = document.make_indirect(document.make_stream(b"hidden: " + NAME.encode()))


def _string(document: pikepdf.Pdf) -> None:
    document.Root["/Lang"] = pikepdf.String(NAME)


def _name(document: pikepdf.Pdf) -> None:
    document.Root["/Extra"] = pikepdf.Name("/Marisol#20Quintanilla".replace("#20", "_"))


def _key(document: pikepdf.Pdf) -> None:
    document.Root["/Marisol_Quintanilla"] = 1


def _actual_text(document: pikepdf.Pdf) -> None:
    old = document.pages[0].Contents.read_bytes()
    document.pages[0].Contents = document.make_stream(b"/Span <</ActualText (Marisol Quintanilla)>> BDC EMC\n" + old)


def _kerned(document: pikepdf.Pdf) -> None:
    old = document.pages[0].Contents.read_bytes()
    shown = b"BT /F1 12 Tf 72 300 Td [(Mari) -20 (sol) -250 (Quin) 10 (tanilla)] TJ ET\n"
    document.pages[0].Contents = document.make_stream(old + shown)


def _white(document: pikepdf.Pdf) -> None:
    old = document.pages[0].Contents.read_bytes()
    shown = b"1 1 1 rg BT /F1 1 Tf 3 Tr 72 300 Td (Marisol Quintanilla) Tj ET\n"
    document.pages[0].Contents = document.make_stream(old + shown)


def _embedded(document: pikepdf.Pdf) -> None:
    spec = pikepdf.AttachedFileSpec(document, b"note about " + NAME.encode(), filename="note.txt")
    document.attachments["note.txt"] = spec


def _annotation(document: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 10, 10], Contents=pikepdf.String(NAME)
    )
    document.pages[0].Annots = document.make_indirect(pikepdf.Array([document.make_indirect(note)]))


PDF_LEAKS: dict[str, tuple[Callable[[pikepdf.Pdf], object], str]] = {
    "info": (_info, "literal-in-pdf-metadata"),
    "info-utf16": (_info_utf16, "literal-in-pdf-metadata"),
    "xmp": (_xmp, "literal-in-pdf-metadata"),
    "outline": (_outline, "literal-in-pdf-outline"),
    "compressed-stream": (_stream, "literal-in-pdf-stream"),
    "string": (_string, "literal-in-pdf-string"),
    "name": (_name, "literal-in-pdf-string"),
    "key": (_key, "literal-in-pdf-string"),
    "actual-text": (_actual_text, "literal-in-pdf-content"),
    "kerned": (_kerned, "literal-in-pdf-content"),
    "invisible": (_white, "literal-in-pdf-text"),
    "embedded-file": (_embedded, "literal-in-pdf-embedded"),
    "embedded-file-at-all": (_embedded, "pdf-attachment"),
    "annotation": (_annotation, "literal-in-pdf-string"),
    "annotation-at-all": (_annotation, "pdf-annotation"),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "object-streams"])
@pytest.mark.parametrize(("edit", "rule"), PDF_LEAKS.values(), ids=PDF_LEAKS.keys())
def test_a_literal_somewhere_in_a_pdf_is_refused(
    bundle: Path, run: Path, edit: Callable[[pikepdf.Pdf], object], rule: str, packed: bool
) -> None:
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    changed = change_pdf(bundle, edit, object_stream_mode=mode, compress_streams=True)
    assert rule in rules(changed, run)


def test_a_stream_that_nothing_refers_to_is_searched(bundle: Path, run: Path) -> None:
    from reportlab.pdfbase.pdfdoc import PDFStream
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    page = canvas.Canvas(out, invariant=1)
    page._doc.Reference(PDFStream(content="hidden: 956-555-0134"))
    page.save()
    assert "literal-in-pdf-stream" in rules(change(bundle, PDF, lambda _: out.getvalue()), run)


def _script(document: pikepdf.Pdf) -> None:
    document.Root["/OpenAction"] = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def _form(document: pikepdf.Pdf) -> None:
    document.Root["/AcroForm"] = pikepdf.Dictionary(Fields=[])


def _layers(document: pikepdf.Pdf) -> None:
    document.Root["/OCProperties"] = pikepdf.Dictionary(OCGs=[])


def _private(document: pikepdf.Pdf) -> None:
    document.pages[0]["/PieceInfo"] = pikepdf.Dictionary()


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (_script, "pdf-script"),
        (_script, "pdf-action"),
        (_form, "pdf-form"),
        (_layers, "pdf-layer"),
        (_private, "pdf-private-data"),
    ],
)
def test_active_or_hidden_parts_of_a_pdf_are_refused(
    bundle: Path, edit: Callable[[pikepdf.Pdf], object], rule: str
) -> None:
    assert rule in rules(change_pdf(bundle, edit), None)


def test_an_encrypted_pdf_is_refused(bundle: Path) -> None:
    changed = change_pdf(bundle, lambda _: None, encryption=pikepdf.Encryption(owner="o", user=""))
    assert "pdf-encrypted" in rules(changed, None)


def test_an_incremental_revision_is_refused(bundle: Path, run: Path) -> None:
    def revise(content: bytes) -> bytes:
        return content + b"\n9 0 obj\n(Marisol)\nendobj\nxref\n0 0\ntrailer\n<<>>\nstartxref\n0\n%%EOF\n"

    assert "pdf-revisions" in rules(change(bundle, PDF, revise), run)


def test_bytes_after_the_end_are_refused(bundle: Path) -> None:
    assert "pdf-bytes-after-end" in rules(change(bundle, PDF, append(b"more")), None)


def test_a_stream_that_no_table_names_is_refused(bundle: Path, run: Path) -> None:
    import zlib

    hidden = b"stream\n" + zlib.compress(b"hidden: " + NAME.encode()) + b"\nendstream\n"

    def hide(content: bytes) -> bytes:
        head, end = content.rsplit(b"startxref", 1)
        return head + hidden + b"startxref" + end

    assert {"pdf-hidden-stream", "literal-in-pdf-hidden"} <= rules(change(bundle, PDF, hide), run)


@pytest.mark.parametrize("content", [b"%PDF-1.7 nothing", b"no pdf at all"])
def test_a_pdf_that_cannot_be_read_is_refused(bundle: Path, run: Path, content: bytes) -> None:
    assert "pdf-unreadable" in rules(change(bundle, PDF, lambda _: content), run)


# Counts and shape


def with_records(bundle: Path, rows: list[Any]) -> Path:
    return change(bundle, "data/records.jsonl", lambda _: jsonl(rows))


def test_a_record_too_many_is_refused(bundle: Path) -> None:
    found = rules(with_records(bundle, [*records(), a_record(4, [])]), None)
    assert {"manifest-records", "rows-differ-from-records", "manifest-sightings"} <= found


def test_a_record_too_few_is_refused(bundle: Path) -> None:
    found = rules(with_records(bundle, records()[1:]), None)
    assert {"manifest-records", "index-differs-from-records", "index-numbers-differ"} <= found


def test_a_record_twice_is_refused(bundle: Path) -> None:
    assert "record-id-twice" in rules(with_records(bundle, [*records()[:2], records()[1]]), None)


def _field(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.__setitem__(name, value)


def _part(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda row: row["body"][1].__setitem__(name, value)


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (_field("body", "a string"), "record-body-not-parts"),
        (_field("kind", "edit"), "record-kind"),
        (_field("sent_at", "yesterday"), "record-time"),
        (_field("record_id", "17"), "record-id-form"),
        (_field("sightings", 0), "record-sightings"),
        (_field("vendor_id", "x"), "record-forbidden-field"),
        (_field("details", [{"label": "x", "value": [], "offset": 3}]), "record-forbidden-field"),
        (lambda row: row.pop("bates"), "record-lacks-fields"),
        (_part("length", 7), "part-fields"),
        (_part("hash", "abc"), "part-fields"),
        (_part("exemptions", []), "part-without-exemption"),
        (_part("exemptions", ["b7"]), "part-without-exemption"),
        (_part("label", "[removed]"), "label-differs-from-exemptions"),
        (_part("index_no", 2), "index-number-twice"),
    ],
)
def test_a_record_of_the_wrong_shape_is_refused(
    bundle: Path, edit: Callable[[dict[str, Any]], None], rule: str
) -> None:
    rows = records()
    edit(rows[0])
    assert rule in rules(with_records(bundle, rows), None)


@pytest.mark.parametrize("line", [b"{\n", b"[]\n", b"null\n", b"\xff\n", b"\n"])
def test_a_broken_line_is_refused(bundle: Path, line: bytes) -> None:
    found = rules(change(bundle, "data/records.jsonl", append(line)), None)
    assert {"record-not-json", "record-lacks-fields"} & found


def test_an_index_row_too_few_is_refused(bundle: Path) -> None:
    found = rules(change(bundle, "data/index/withholding.csv", lambda c: c.rsplit(b"\n", 2)[0] + b"\n"), None)
    assert {"index-differs-from-records", "index-numbers-differ"} <= found


def test_a_label_missing_on_the_page_is_refused(bundle: Path) -> None:
    rows = records()
    rows[2]["body"] = [redaction(REDACTIONS + 1)]
    assert "labels-missing-on-pages" in rules(with_records(bundle, rows), None)


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        (("job", "counts", "lines"), 9, "equation-lines"),
        (("job", "counts", "folded"), 9, "equation-messages"),
        (("released", "records"), 4, "manifest-records"),
        (("released", "redactions"), 4, "manifest-redactions"),
        (("redactions", "[(b)(6); (b)(7)(C)]"), 1, "manifest-redactions-by-label"),
        (("bundle_id",), "another", "manifest-of-another-bundle"),
        (("released",), None, "manifest-unreadable"),
    ],
)
def test_a_manifest_that_does_not_add_up_is_refused(
    bundle: Path, path: tuple[str, ...], value: object, rule: str
) -> None:
    def edit(content: bytes) -> bytes:
        document = json.loads(content)
        target = document
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = value
        return json.dumps(document).encode()

    assert rule in rules(change(bundle, "metadata/manifest.json", edit), None)


def test_a_renamed_bundle_is_refused(bundle: Path) -> None:
    assert "manifest-of-another-bundle" in rules(bundle.rename(bundle.parent / "release-0"), None)


# Values that the policy keeps


def test_a_literal_inside_a_kept_value_is_a_note(tmp_path: Path) -> None:
    bundle = say(a_bundle(tmp_path), "statement of Director Ana Quintanilla, press office")
    run = a_run(tmp_path, ["Quintanilla"])
    assert rules(bundle, run) == {"literal-in-text"}
    run = a_run(tmp_path, ["Quintanilla"], kept=["Ana Quintanilla"])
    assert rules(bundle, run) == set()
    assert rules(say(bundle, "Ana Quintanilla and Quintanilla"), run) == {"literal-in-text"}


# Edges


def test_a_run_without_a_ledger_proves_nothing(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="ledger"):
        verify_bundle(bundle, tmp_path)


def test_a_bundle_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    for check in (lambda p: verify_bundle(p, None), verify_bag):
        with pytest.raises(BadInput):
            check(tmp_path / "none")


def test_a_ledger_of_another_run_is_refused(bundle: Path, tmp_path: Path) -> None:
    other = a_run(tmp_path / "other", [*LITERALS, "one more"])
    assert rules(bundle, other) == {"ledger-differs-from-records"}


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("ssn 219-09-9998", "SSN"),
        ("write to someone.else@example.com", "EMAIL"),
        ("phone 956-555-0199", "PHONE"),
        ("card 4111 1111 1111 1111", "CARD"),
        ("his A-number is A098765432", "A_NUMBER"),
    ],
)
@pytest.mark.parametrize("place", ["records", "table", "page"])
def test_an_identifier_that_nobody_redacted_is_refused(bundle: Path, words: str, category: str, place: str) -> None:
    if place == "records":
        say(bundle, words)
    elif place == "table":
        change(bundle, "data/records.csv", lambda c: c.replace(b"04:00\n", f"04:00,{words}\n".encode(), 1))
    else:
        change(bundle, PDF, _draw(words))
    found = [f.found for f in verify_bundle(bundle, None).findings if f.rule == "identifier-released"]
    assert found
    assert all(item.startswith(category) for item in found)


def test_an_identifier_that_the_policy_keeps_is_not_refused(tmp_path: Path) -> None:
    bundle = say(a_bundle(tmp_path, kept_categories=("EMAIL",)), "write to someone.else@example.com")
    assert verify_bundle(bundle, None).passed


def test_findings_never_repeat_what_they_found(bundle: Path, run: Path) -> None:
    (bundle / "data/pdf/volume-0001.pdf").rename(bundle / "data/pdf/klm8221.pdf")
    content = verify_bundle(say(bundle, f"{NAME} {PHONE} {EMAIL} {ACCENTED}"), run).to_json().decode().casefold()
    for literal in (NAME, PHONE, EMAIL, ACCENTED, "9565550134"):
        assert literal.casefold() not in content


def test_bag_only_accepts_any_valid_bag_and_nothing_else(tmp_path: Path, bundle: Path) -> None:
    assert verify_bag(bundle).passed
    (bundle / "data/extra.txt").write_bytes(b"x")
    assert not verify_bag(bundle).passed


def test_sealing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = a_bundle(tmp_path / "1"), a_bundle(tmp_path / "2")
    files = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(second) for p in second.rglob("*") if p.is_file())
    assert all((first / p).read_bytes() == (second / p).read_bytes() for p in files)
    assert payload()["records.jsonl"] == (first / "data/records.jsonl").read_bytes()


@pytest.mark.parametrize("damage", ["added", "removed", "flipped"])
def test_the_file_list_is_held_against_the_files(tmp_path: Path, damage: str) -> None:
    bundle = a_bundle(tmp_path)
    losses = bundle / "data/index/losses.csv"
    if damage == "added":
        (bundle / "data/more.txt").write_text("more\n")
    elif damage == "removed":
        losses.unlink()
    else:
        losses.write_bytes(losses.read_bytes().replace(b"f", b"g", 1) + b"\n")
    reseal(bundle, relist=False)
    assert "file-list-differs" in {finding.rule for finding in verify_bundle(bundle, None).findings}


def test_the_certificate_does_not_depend_on_how_many_processes_share_the_files(bundle: Path, run: Path) -> None:
    leaking = say(bundle, f"{NAME} {PHONE}")
    assert verify_bundle(leaking, run, workers=2).to_json() == verify_bundle(leaking, run).to_json()


def test_a_date_is_not_put_together_from_a_day_and_a_clock_time(tmp_path: Path) -> None:
    files = {**payload(), "pdf/volume-0001.pdf": a_pdf(["Set to expire 2026-11-01 02:19:59 -05:00"])}
    bundle = a_bundle(tmp_path, files)
    born = a_run(tmp_path, [*LITERALS[:-1], "01/02/1959"])
    assert rules(bundle, born) == set()
