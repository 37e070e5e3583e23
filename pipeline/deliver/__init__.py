"""Delivery: exactly once in effect, never overwriting, the marker last."""
