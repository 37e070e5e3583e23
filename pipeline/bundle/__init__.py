"""The bag, its manifest and the gate: what leaves the house is listed, hashed and checked."""
