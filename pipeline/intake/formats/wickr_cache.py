"""Answers about short texts that come again and again, remembered up to a bound that no capture can exceed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")
_MOST: Final = 8192
_LONGEST: Final = 80


class Remembered(dict[str, T], Generic[T]):
    """`self[text]` is `answer(text)`; a hit costs a dictionary's lookup."""

    def __init__(self, answer: Callable[[str], T]) -> None:
        super().__init__()
        self.answer = answer

    def __missing__(self, text: str) -> T:
        value = self.answer(text)
        if len(text) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[text] = value
        return value
