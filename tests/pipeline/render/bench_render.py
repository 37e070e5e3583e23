"""Pages per second of the renderer on realistic text: `python -m tests.pipeline.render.bench_render [RECORDS] [KIND]`.

Text follows a Zipf law over a large vocabulary, since a renderer that caches words looks too good on a small one.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.render import RenderReport, render_payload
from tests.pipeline.render.builders import JOB, a_record, deletion, person, text, write_part

_SYLLABLES = [
    onset + nucleus + coda
    for onset in ("b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "th", "ch", "st", "br")
    for nucleus in ("a", "e", "i", "o", "u", "ea", "ou")
    for coda in ("", "n", "r", "s", "t", "l")
]
OTHER = (
    "مرحبا، هل يمكنك إرسال التقرير اليوم؟",
    "请在明天上午十点之前把合同发给我，谢谢。",
    "お疲れ様です。資料を確認しましたので、ご連絡いたします。",
    "안녕하세요, 보고서를 검토해 주시겠습니까?",
    "Пожалуйста, отправьте отчёт до конца дня.",
    "ok 👍 see you there",
)


def vocabulary(size: int = 60_000) -> tuple[list[str], list[float]]:
    """Words and their cumulative weights."""
    random_ = random.Random(7)
    words = dict.fromkeys("".join(random_.choices(_SYLLABLES, k=random_.choice((1, 2, 2, 3, 3)))) for _ in range(size))
    return list(words), list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(words))))


def records(count: int, kind: str = "latin", seed: int = 1, per_unit: int = 400) -> Iterator[dict[str, Any]]:
    """Released records with some deletions, edits and reactions."""
    random_ = random.Random(seed)
    words, weights = vocabulary()
    people = [person(f"P{n}", f"{words[n].title()} {words[n + 300].title()}") for n in range(1, 13)]
    at = dt.datetime(2026, 10, 5, 8, tzinfo=dt.timezone(dt.timedelta(hours=-4)))
    number = 0
    for index in range(count):
        unit = index // per_unit
        at += dt.timedelta(seconds=random_.randrange(1, 100))
        chosen = random_.choices(
            words, cum_weights=weights, k=max(1, min(120, int(random_.lognormvariate(2.35, 0.75))))
        )
        said = " ".join(chosen).capitalize() + random_.choice((".", "?", "!", ""))
        body = text(said)
        if kind == "mixed" and random_.random() < 0.32:
            body = text(random_.choice(OTHER))
        elif random_.random() < 0.08:
            number += 1
            body = text(said + " ", deletion(number), ".")
        changes: dict[str, Any] = {}
        if random_.random() < 0.05:
            by = random_.choice(people)
            changes["reactions"] = [{"value": text("ok"), "by": by, "at": at.isoformat(), "removed": False}]
        yield a_record(
            record_id=f"r-{index:020x}",
            conversation_id=f"c-{unit:016x}",
            sent_at=at.isoformat(timespec="microseconds"),
            sender=random_.choice(people),
            recipients=people[:4],
            body=body,
            **changes,
        )


def main(count: int, kind: str) -> RenderReport:
    """Render and print rates."""
    with tempfile.TemporaryDirectory() as folder:
        part = write_part(Path(folder) / "part-0000.jsonl", list(records(count, kind)))
        times: dict[str, float] = {}
        last = [time.process_time()]

        def told(step: str, done: int, total: int) -> None:
            now = time.process_time()
            times[step] = times.get(step, 0.0) + now - last[0]
            last[0] = now

        report = render_payload([part], [], JOB, Path(folder) / "out", progress=told)
        size = sum(path.stat().st_size for path in (Path(folder) / "out").rglob("*.pdf"))
    pdf = times["pages"] + times["volumes"]
    print(  # noqa: T201
        f"{kind}: {count} records, {report.pages} pages; set {times['pages']:.2f} s, bind {times['volumes']:.2f} s, "
        f"tables {times['tables']:.2f} s; PDF {report.pages / pdf:.0f} pages/s, {count / pdf:.0f} records/s, "
        f"all {count / sum(times.values()):.0f} records/s; {size / report.pages / 1024:.1f} KB/page"
    )
    return report


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(int(arguments[0]) if arguments else 20_000, arguments[1] if len(arguments) > 1 else "latin")
