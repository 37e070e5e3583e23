"""A fictional agency's capture archive with ground truth, for demos, tests and benchmarks."""

from pipeline.sample.writer import ALL_FORMATS, DEFAULT_FORMATS, write_sample

__all__ = ["ALL_FORMATS", "DEFAULT_FORMATS", "write_sample"]
