"""foia-bundler: archived chat messages in, redacted and proved release bundles out."""

__version__ = "0.1.0"

FORMAT_VERSION = "1"
"""Version of what the code writes into a bundle; part of every bundle id."""
