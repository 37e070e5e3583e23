"""The gate: independent of whatever wrote the bundle."""
