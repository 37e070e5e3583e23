"""A fictional agency's capture archive with ground truth, for demos, tests and benchmarks."""

from pipeline.sample.writer import write_sample

__all__ = ["write_sample"]
