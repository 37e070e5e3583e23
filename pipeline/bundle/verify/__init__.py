"""The gate: independent of whatever wrote the bundle."""

from pipeline.bundle.verify.certificate import Certificate, Finding
from pipeline.bundle.verify.gate import verify_bag, verify_bundle

__all__ = ["Certificate", "Finding", "verify_bag", "verify_bundle"]
