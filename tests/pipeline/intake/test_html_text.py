from __future__ import annotations

import random
import time

import pytest

from pipeline.intake.html_text import html_to_text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<div><div>one</div></div>\n  <div>two</div>", "one\ntwo"),
        ("one<br>two<br/><BR />three", "one\ntwo\n\nthree"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("<p>one</p><p>&nbsp;</p><p>two</p>", "one\n\ntwo"),
        ("a &amp; b &lt;c&gt; &#8364; &#x1F600; &copy", "a & b <c> € 😀 ©"),
        ("many   spaces\n and\tlines", "many spaces and lines"),
        ("<b>bo</b><i>ld</i> <u> x </u>y", "bold x y"),
        ("<pre>\n a\n   b\n</pre>c", "a\n   b\nc"),
        ("<style>p {color: red}</style><script>if (a < b) x()</script>seen", "seen"),
        ('<p style="display:none">hidden</p>shown', "hidden\nshown"),
        ("<!-- no -->yes<!-- no > no -->", "yes"),
        ("<!--[if mso]><p>in Outlook</p><![endif]-->x", "in Outlook\nx"),
        ("<!--[if !mso]><!--><p>elsewhere</p><!--<![endif]-->", "elsewhere"),
        ("<!--[if mso]><xml><o:X>96</o:X></xml><![endif]-->x", "x"),
        ("<![CDATA[kept]]>", "kept]]>"),
        ("<head><title>Subject</title></head><body>text</body>", "Subject\ntext"),
        ("<ul><li>a<li><p>b</p><ul><li>c</ul></ul>d", "- a\n- b\n  - c\nd"),
        ("<ol start=3><li>a</li><li>b</li></ol>", "3. a\n4. b"),
        ("<table><tr><td><p>a</p></td><td><p>b</p></td></tr><tr><th>c<th>d</table>", "a\tb\nc\td"),
        ("before<blockquote>said<br><br>more</blockquote>after", "before\n> said\n>\n> more\nafter"),
        ("a<hr>b", "a\n---\nb"),
        ('<img src="x.png" alt="a cat"> and <img src="y">', "a cat and"),
        ('<at id="0">Ana Ruiz</at> hello <at id=1></at>you', "@Ana Ruiz hello you"),
        ('<emoji id="smile" alt="🙂" title="Smile"></emoji>', "🙂"),
        ('<input value="typed"><input type=hidden value="no">', "typed"),
    ],
)
def test_what_a_reader_saw(source: str, text: str) -> None:
    assert html_to_text(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('<a href="https://a.example/x?a=1&amp;b=2">here</a>', "here <https://a.example/x?a=1&b=2>"),
        ('<a href="https://a.example/x">https://a.example/x</a>', "https://a.example/x"),
        ('<a href="https://a.example/">a.example</a>', "a.example"),
        ('<a href="mailto:ana@a.example">ana@a.example</a>', "ana@a.example"),
        ("<a href=mailto:ana@a.example>Ana</a>!", "Ana <mailto:ana@a.example>!"),
        ('<a href="#top">up</a> <a name=x>y</a> <a href="javascript:x()">z</a>', "up y z"),
        ('<a href="https://a.example"><img src=x></a>', "<https://a.example>"),
        (
            '<a href="https://a.example">one <a href="https://b.example">two',
            "one <https://a.example> two <https://b.example>",
        ),
    ],
)
def test_links_keep_an_address_that_the_text_does_not_say(source: str, text: str) -> None:
    assert html_to_text(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<3 you", "<3 you"),
        ("cut <a href=", "cut <a href="),
        ("cut <", "cut <"),
        ("<!-- never closed", "<!-- never closed"),
        ("<!-- never closed > but more", "but more"),
        ("<script>never closed", "never closed"),
        ('<p title="a > b">c</p>', "c"),
        ('<p title="never closed>d</p>e', "d\ne"),
        ("<p title=it's>c</p>", "c"),
        ("</p></ul></blockquote></pre>x", "x"),
        ("&#99999999999999; &#xffffffffff; &#0000000000000065; &#" + "9" * 9000, "� � A �"),
        ("&nosuch; & &", "&nosuch; & &"),
    ],
)
def test_broken_markup_loses_no_words(source: str, text: str) -> None:
    assert html_to_text(source) == text


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        "<!--",
        "<a b='",
        '<a b="> c="',
        "<p>",
        "<blockquote>",
        "<li>",
        "<ul>",
        "<ul><li>",
        "&#",
        "&",
        "<a href=x>",
        "<script>",
        "<style ",
        "<![if ",
        "<!--[if ",
        "<td>",
        "<pre>\n",
        "=",
        "<a =",
        "< ",
        "-->",
        "<at>",
        "</a",
        "<xml>",
    ],
)
def test_time_is_linear(piece: str) -> None:
    start = time.process_time()
    html_to_text(piece * (400_000 // len(piece)) + ">")
    assert time.process_time() - start < 4


def test_any_bytes_are_read_without_a_fault() -> None:
    chance = random.Random(7)
    base = '<html><p class="a">x &amp; <a href="https://e.example">y</a><ul><li>z</ul><!-- c --><pre>\nq</pre>'
    for _ in range(3000):
        at = chance.randrange(len(base))
        html_to_text(
            base[:at] + chr(chance.choice([0, 10, 34, 38, 39, 47, 60, 61, 62, 0xD800, 0x202E])) + base[at + 1 :]
        )
        html_to_text(base[:at])
