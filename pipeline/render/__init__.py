"""Released records in, the payload of a bundle out: PDF volumes, JSON Lines, CSV and indexes that say the same."""

from __future__ import annotations

from pipeline.render.job import RenderJob, RenderReport, SightingRow
from pipeline.render.payload import render_payload

__all__ = ["RenderJob", "RenderReport", "SightingRow", "render_payload"]
