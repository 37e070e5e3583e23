"""The quarterly oversight report for an inspector general, a committee or a court."""

from pipeline.report.oversight import quarterly
from pipeline.report.quarter import fiscal_quarter, quarter_days

__all__ = ["fiscal_quarter", "quarter_days", "quarterly"]
