from __future__ import annotations

import hashlib
import io
import random
import re
from collections.abc import Sequence
from typing import Any

import pytest

from pipeline.intake.xml_elements import (
    ENTER,
    WHOLE,
    BrokenXml,
    Open,
    XmlClosed,
    XmlElement,
    XmlItem,
    XmlOpened,
    xml_elements,
)


class Messages:
    """A format whose root is a list of `m`, some of which hold `part`s."""

    names = frozenset((b"m",))
    resume = re.compile(rb"<ms?(?=[\s/>])")
    bulk = b"data"

    def role(self, stack: Sequence[Open], name: bytes, tag: bytes) -> str:
        if name == b"ms":
            return "list"
        return WHOLE if name == b"m" or (stack and stack[-1].role == "list") else ENTER

    def border(self, name: bytes) -> bytes:
        return rb"/?(?:ms|m)(?=[\s/>])(?<!</m)"

    def misplaced(self, name: bytes, before: bytes) -> bool:
        return True


class Slow(io.RawIOBase):
    """Gives a few bytes at a time."""

    def __init__(self, data: bytes, step: int) -> None:
        self.data, self.step = data, step

    def read(self, size: int = -1) -> bytes:
        part, self.data = self.data[: self.step], self.data[self.step :]
        return part


def items(data: bytes, *, limit: int = 1 << 20, depth: int = 20) -> list[XmlItem]:
    return list(xml_elements(io.BytesIO(data), Messages(), limit, depth))


def shown(data: bytes, **options: Any) -> list[str]:
    """Each element by its `n`, each broken part by its reason."""
    return [
        item.node.attributes.get("n", "?") if isinstance(item, XmlElement) else item.reason
        for item in items(data, **options)
        if isinstance(item, (XmlElement, BrokenXml))
    ]


def a_document(*elements: str) -> bytes:
    return (
        "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<!--by us--><ms count=\"2\">\n"
        + "\n".join(elements)
        + "\n</ms>\n"
    ).encode()


ONE = '<m n="1" body="x &gt; y"/>'
TWO = '<m n="2"><part a="1"/><part a="2">deep<b/></part></m>'
THREE = '<m n="3" body="z"/>'


def test_gives_the_list_then_its_elements_in_order() -> None:
    opened, one, two, closed = items(a_document(ONE, TWO))
    assert isinstance(opened, XmlOpened) and closed == XmlClosed("list")
    assert (opened.role, opened.attributes) == ("list", {"count": "2"}) and opened.before.endswith(b"<!--by us-->")
    assert isinstance(one, XmlElement) and isinstance(two, XmlElement)
    assert (one.number, one.node.attributes, one.repaired) == (1, {"n": "1", "body": "x > y"}, False)
    assert (one.sha256, one.size) == (hashlib.sha256(ONE.encode()).hexdigest(), len(ONE))
    assert [(child.name, child.text, len(child.children)) for child in two.node.named("part")] == [
        ("part", "", 0),
        ("part", "deep", 1),
    ]


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_the_size_of_what_a_read_gives_changes_nothing(step: int) -> None:
    data = a_document(ONE, TWO, "<!-- <m n='no'/> -->", THREE)
    slow: Any = Slow(data, step)
    assert [type(item) for item in xml_elements(slow, Messages(), 1 << 20, 20)] == [type(item) for item in items(data)]


@pytest.mark.parametrize(
    ("written", "read", "repaired"),
    [
        ("&#55357;&#56832;", "\U0001f600", True),
        ("&#xD83D;&#xDE00;", "\U0001f600", True),
        ("&#55357;&#xde00;", "\U0001f600", True),
        ("a&#55357;b", "a\ufffdb", True),
        ("&#56832;&#55357;", "\ufffd\ufffd", True),
        ("&#55357;&#55357;&#56832;", "\ufffd\U0001f600", True),
        ("&#128512;&#10;&#9;", "\U0001f600\n\t", False),
        ("&#0;&#x1;", "\ufffd\ufffd", True),
        ("&#65535;&#1114112;", "\ufffd\ufffd", True),
        ("a\x01b\x00c", "a\ufffdb\ufffdc", True),
        ("a\r\nb\nc", "a\nb\nc", True),
        ("&amp;#55357;", "&#55357;", False),
        ("<![CDATA[", None, False),
    ],
)
def test_what_exporters_write_against_the_rules(written: str, read: str | None, repaired: bool) -> None:
    found = [item for item in items(a_document(f'<m n="1" body="{written}"/>')) if isinstance(item, XmlElement)]
    if read is None:
        assert found == []
        return
    [element] = found
    assert (element.node.attributes["body"], element.repaired) == (read, repaired)


def test_halves_of_pairs_written_as_three_bytes_each_are_joined() -> None:
    data = a_document(ONE).replace(b"x &gt; y", "\ud83d\ude00 \ud83d".encode("utf-8", "surrogatepass"))
    [element] = [item for item in items(data) if isinstance(item, XmlElement)]
    assert (element.node.attributes["body"], element.repaired) == ("\U0001f600 \ufffd", True)


def test_line_breaks_in_texts_and_between_attributes_are_no_repair() -> None:
    [element] = [
        item for item in items(a_document('<m\n n="1"\n><part>a\nb</part></m>')) if isinstance(item, XmlElement)
    ]
    assert not element.repaired and element.node.children[0].text == "a\nb"


@pytest.mark.parametrize(
    ("encoding", "text"), [("ISO-8859-1", "señal"), ("windows-1252", "“señal” €"), ("UTF-16", "señal 👍")]
)
def test_encodings(encoding: str, text: str) -> None:
    written = "utf-8" if encoding == "UTF-16" else encoding
    data = f'<?xml version="1.0" encoding="{encoding}"?><ms><m n="{text}"/></ms>'.encode(written)
    assert shown(data) == [text]
    assert shown(b"\xef\xbb\xbf" + data) == [text]


def test_an_encoding_that_nobody_knows_is_told_and_read_as_utf8() -> None:
    data = '<?xml version="1.0" encoding="X-7"?><ms><m n="ñ"/><m n="!"/></ms>'.encode()
    assert shown(data.replace(b"!", b"\xe9")) == ["xml-encoding", "ñ", "invalid-utf8"]


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ('<m n="2" body="a/>', ["1", "invalid-xml", "3"]),
        ('<m n="2" body=a/>', ["1", "invalid-xml", "3"]),
        ('<m n="2" body="a<b"/>', ["1", "invalid-xml", "3"]),
        ('<m n="2" n="3"/>', ["1", "invalid-xml", "3"]),
        ('<m n="2"><part></m>', ["1", "invalid-xml", "3"]),
        ('<m n="2"><part/></n>', ["1", "invalid-xml", "3"]),
        ('<m n="2">', ["1", "invalid-xml", "3"]),
        ('m n="2"/>', ["1", "stray-text", "3"]),
        ('<n n="2"/>', ["1", "2", "3"]),
        ("</n>", ["1", "invalid-xml", "3"]),
        ('<m n="&nbsp;"/>', ["1", "xml-entity", "3"]),
        ('<m n="a & b"/>', ["1", "invalid-xml", "3"]),
        ("<![CDATA[x]]>", ["1", "stray-text", "3"]),
        ("<!x>", ["1", "invalid-xml", "3"]),
        ("< >", ["1", "invalid-xml", "3"]),
        ("<m n='2'>" + "<a>" * 30 + "</a>" * 30 + "</m>", ["1", "too-deep", "3"]),
        ("<!-- - <m n='no'/> <!x -->", ["1", "3"]),
        ("<?x m n='no'/ ?>", ["1", "3"]),
        ("<?x <m n='2'/><?x ?>", ["1", "invalid-xml", "2", "3"]),
        ("<!-- -x><m n='2'/><!-- -->", ["1", "invalid-xml", "2", "3"]),
        ("<m n='2'><![CDATA[</m><m n='no'/>]]><!-- <m n='no'/> --></m>", ["1", "2", "3"]),
    ],
)
def test_what_is_broken_costs_one_element(broken: str, expected: list[str]) -> None:
    assert shown(a_document(ONE, broken, THREE)) == expected


def test_a_byte_that_is_not_utf8_costs_one_element() -> None:
    assert shown(a_document(ONE, '<m n="2~"/>', THREE).replace(b"~", b"\xff")) == ["1", "invalid-utf8", "3"]


def test_a_document_type_is_never_read() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = (
        f"<!DOCTYPE ms [<!ENTITY l0 \"<m n='lol'/>]>\">{laughs}<!-- ' ]> --><!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
    )
    data = b'<?xml version="1.0"?>' + doctype.encode() + a_document(ONE, '<m n="&l9;"/>', '<m n="&f;"/>', THREE)[57:]
    assert shown(data) == ["xml-dtd", "1", "xml-entity", "xml-entity", "3"]
    [refused] = [item for item in items(data) if isinstance(item, BrokenXml) and item.reason == "xml-dtd"]
    assert (refused.size, refused.sha256) == (len(doctype), hashlib.sha256(doctype.encode()).hexdigest())


def test_a_document_type_in_the_list_or_that_never_ends() -> None:
    assert shown(a_document(ONE, "<!DOCTYPE x>", THREE)) == ["1", "xml-dtd", "3"]
    assert shown(b"<!DOCTYPE x [" + a_document(ONE)) == ["truncated-document", "1"]


def test_an_element_beyond_the_limit_is_passed_over_with_its_digest() -> None:
    long = f'<m n="2" data="{"A" * 3_000_000}"/>\n'
    data = a_document(ONE, long.strip(), THREE)
    _, _, broken, _, _ = items(data, limit=1 << 20)
    assert isinstance(broken, BrokenXml) and broken.reason == "line-too-long"
    assert (broken.size, broken.sha256) == (len(long), hashlib.sha256(long.encode()).hexdigest())
    assert shown(data, limit=1 << 20) == ["1", "line-too-long", "3"]


@pytest.mark.parametrize("size", [100, 2_000_000, 5_000_000])
def test_markup_in_the_texts_of_a_long_element_is_text(size: int) -> None:
    long = f"<m n='2'><part><![CDATA[{'x' * size}<m n='no'/>{'x' * size}]]></part></m>"
    assert shown(a_document(ONE, long, THREE), limit=50) == ["1", "line-too-long", "3"]


def test_elements_are_as_long_as_the_limit_and_no_longer() -> None:
    assert shown(a_document(ONE), limit=len(ONE)) == ["1"]
    assert shown(a_document(ONE), limit=len(ONE) - 1) == ["line-too-long"]


def test_long_values_of_the_bulk_attribute_stay_bytes() -> None:
    long = "QUJD" * 40_000
    data = a_document(f'<m n="1"><part data="{long}"/><part data="QUJD"/><part data=\'{long}\'/></m>')
    [element] = [item for item in items(data) if isinstance(item, XmlElement)]
    assert [part.bulk for part in element.node.children] == [long.encode(), None, long.encode()]
    assert [part.attributes["data"] for part in element.node.children] == ["", "QUJD", ""]


def test_a_text_that_looks_like_the_bulk_attribute_is_a_text() -> None:
    text = f' data="{"A" * 70_000}"'
    data = a_document(f"<m n='1' body='{text}'/>")
    [element] = [item for item in items(data) if isinstance(item, XmlElement)]
    assert element.node.attributes["body"] == text and element.node.bulk is None


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ("<a/>" * 300_000, "too-many-parts"),
        ("<a " + " ".join(f'b{n}=""' for n in range(600_000)) + "/>", "too-many-parts"),
        ("x" * (17 << 20), "line-too-long"),
        ("<a b='" + "&amp;\n" * (3 << 20) + "'/>", "line-too-long"),
    ],
)
def test_what_would_not_fit_in_memory_is_refused(inner: str, reason: str) -> None:
    assert shown(a_document(ONE, f"<m n='2'>{inner}</m>", THREE), limit=64 << 20) == ["1", reason, "3"]


def test_an_endless_document_type_costs_little() -> None:
    assert shown(b"<!DOCTYPE x [" + b"<!--" * (1 << 20) + a_document(ONE)) == ["xml-dtd", "1"]


def test_nesting_of_any_depth_is_refused_without_cost() -> None:
    assert shown(b"<a>" * 300_000) == ["too-deep"]
    assert shown(b"<ms>" + b"<m>" * 30_000)[-1] == "truncated-document"
    assert shown(b"<" * 3_000_000) == ["invalid-xml"]


def test_two_documents_in_one_file_are_both_read() -> None:
    assert shown(a_document(ONE) + a_document(THREE)) == ["1", "3"]


def test_cut_anywhere_the_elements_before_stay_and_one_row_tells() -> None:
    data = a_document(ONE, TWO, "<!-- c -->", THREE)
    ends = [data.index(part.encode()) + len(part) for part in (ONE, TWO, THREE)]
    root = data.index(b"<ms")
    for cut in range(1, len(data)):
        whole = [str(n) for n, end in enumerate(ends, 1) if end <= cut]
        found = shown(data[:cut])
        if cut > len(data.rstrip()) - 1:
            assert found == whole, cut
        elif cut > root:
            assert found == [*whole, "truncated-document"], cut
        else:
            assert found in ([], ["truncated-document"]), cut


def test_any_byte_changed_costs_at_most_the_element_it_is_in_and_leaves_a_row() -> None:
    data = a_document(ONE, TWO, "<!-- c -->", THREE)
    spans = [(data.index(part.encode()), data.index(part.encode()) + len(part)) for part in (ONE, TWO, THREE)]
    seeded = random.Random(3)
    for at in range(len(data)):
        for new in {*b"<>\"'/&=!?- \x00\xffA]", seeded.randrange(256)}:
            changed = data[:at] + bytes([new]) + data[at + 1 :]
            found = shown(changed)
            for n, (begin, end) in enumerate(spans, 1):
                assert begin <= at < end or str(n) in found, (at, new, found)
            assert len(found) >= 3, (at, new, found)
