"""Attachments with personal data inside: a photo with a position, a PDF, a contact card, a voice note."""

from __future__ import annotations

import io
import math
import random
import struct
import wave
from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import LETTER
from reportlab.pdfgen.canvas import Canvas

from pipeline.sample.people import Person, without_accents
from pipeline.sample.personal_data import MAKERS, place
from pipeline.sample.phrases import TextSpan, Voice
from pipeline.sample.wickr_items import File


def make_file(kind: str, voice: Voice) -> File:
    """A file of one of `FILE_KINDS`. Names are ASCII, since object metadata must be."""
    return _MAKERS[kind](voice)


def photo(rng: random.Random) -> tuple[bytes, str]:
    """A small JPEG with GPS EXIF, and the position as its description spells it."""
    lat, lon = place(rng)
    image = Image.new("RGB", (96, 72), tuple(rng.randrange(120, 230) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 48, 96, 72), fill=(150, 120, 80))
    draw.ellipse((rng.randrange(70), 6, 90, 26), fill=(250, 220, 140))
    exif = Image.Exif()
    spelled = f"{lat:.6f}, {lon:.6f}"
    exif[0x010E] = spelled
    exif[0x010F], exif[0x0110] = "Example", "Field Phone 3"
    exif.get_ifd(0x8825).update({1: "N", 2: _degrees(lat), 3: "W", 4: _degrees(-lon)})
    out = io.BytesIO()
    image.save(out, "JPEG", quality=70, exif=exif)
    return out.getvalue(), spelled


def contact_card(person: Person) -> tuple[bytes, tuple[TextSpan, ...]]:
    """A vCard of one person of the roster."""
    fields = (
        ("FN:", "NAME", person.full_name),
        ("TEL;TYPE=CELL:", "PHONE", person.phones[0]),
        ("EMAIL:", "EMAIL", person.emails[0]),
    )
    text, spans = "BEGIN:VCARD\r\nVERSION:3.0\r\n", []
    for head, category, value in fields:
        at = len(text) + len(head)
        spans.append((category, value, at, at + len(value)))
        text += f"{head}{value}\r\n"
    return (text + "END:VCARD\r\n").encode(), tuple(spans)


def voice_note(rng: random.Random) -> bytes:
    """Half a second of a wavering tone, 8 kHz mono."""
    out = io.BytesIO()
    pitch = rng.randrange(180, 420)
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        samples = (int(9000 * math.sin(i * pitch * (1 + 0.1 * math.sin(i / 900)) / 1273)) for i in range(4000))
        sound.writeframes(b"".join(struct.pack("<h", s) for s in samples))
    return out.getvalue()


def report_pdf(voice: Voice) -> tuple[bytes, tuple[TextSpan, ...]]:
    """A one-page seizure report; its text is not compressed."""
    person, rng = voice.pick("third_party"), voice.rng
    rows: list[tuple[str, str, str]] = [("Subject: ", "NAME", without_accents(person.full_name))]
    for label, maker in (("Case: ", "CASE"), ("A-number: ", "ANUM"), ("Plate: ", "PLATE_MX"), ("Address: ", "ADDRESS")):
        value = MAKERS[maker](rng)
        rows += [(label, category, literal) for category, literal, _ in value.spans]
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=LETTER, invariant=True, pageCompression=0)
    canvas.setTitle("Seizure report")
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 720, "BORDER INSPECTION SERVICE - SEIZURE REPORT")
    spans, at = [], 0
    for number, (label, category, literal) in enumerate(rows):
        canvas.drawString(72, 690 - 18 * number, label + literal)
        spans.append((category, literal, at + len(label), at + len(label + literal)))
        at += len(label + literal) + 1
    canvas.save()
    return out.getvalue(), tuple(spans)


def _photo_file(voice: Voice) -> File:
    data, spelled = photo(voice.rng)
    person = voice.pick(voice.rng.choice(("line_officer", "third_party")))
    surname = without_accents(person.surname)
    name, spans = _name("IMG_", ("NAME", surname), f"_{voice.rng.randrange(1000, 9999)}.jpg")
    return File(name, data, (("COORDINATES", spelled, 0, len(spelled)),), spans)


def _pdf_file(voice: Voice) -> File:
    data, spans = report_pdf(voice)
    value = MAKERS[voice.rng.choice(("CASE", "SSN", "PASSPORT"))](voice.rng)
    category, literal, _ = value.spans[0]
    head = {"CASE_NUMBER": "Seizure report ", "SSN": "SSN ", "PASSPORT": "passport "}[category]
    name, name_spans = _name(head, (category, literal), " scan.pdf")
    return File(name, data, spans, name_spans)


def _card_file(voice: Voice) -> File:
    person = voice.pick(voice.rng.choice(("third_party", "line_officer", "source")))
    data, spans = contact_card(person)
    name, name_spans = _name("", ("NAME", without_accents(person.full_name)), ".vcf")
    return File(name, data, spans, name_spans)


def _voice_file(voice: Voice) -> File:
    person = voice.pick("line_officer")
    name, spans = _name(
        "Voice memo ", ("NAME", without_accents(person.full_name)), f" {voice.rng.randrange(1, 99)}.wav"
    )
    return File(name, voice_note(voice.rng), (), spans)


def _screenshot_file(voice: Voice) -> File:
    out = io.BytesIO()
    Image.new("RGB", (64, 128), (20, 20, voice.rng.randrange(256))).save(out, "PNG")
    return File(f"Screenshot_{voice.rng.randrange(10**6):06d}.png", out.getvalue())


_MAKERS: Mapping[str, Callable[[Voice], File]] = {
    "photo": _photo_file,
    "pdf": _pdf_file,
    "vcard": _card_file,
    "voice": _voice_file,
    "screenshot": _screenshot_file,
}
FILE_KINDS = tuple(_MAKERS)


def _name(before: str, value: tuple[str, str], after: str) -> tuple[str, tuple[TextSpan, ...]]:
    category, literal = value
    return before + literal + after, ((category, literal, len(before), len(before) + len(literal)),)


def _degrees(value: float) -> tuple[float, float, float]:
    whole = int(value)
    minutes = int((value - whole) * 60)
    return float(whole), float(minutes), round(((value - whole) * 60 - minutes) * 60, 4)
