from __future__ import annotations

from tests.pipeline.intake.signal_seeds import EXPORTS

SEEDS = EXPORTS
