"""Delivery: exactly once in effect, never overwriting, the marker last."""

from pipeline.deliver.transfer import Receipt, deliver

__all__ = ["Receipt", "deliver"]
