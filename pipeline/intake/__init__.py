"""Intake: capture objects in; one outcome per entry out, an event or a quarantined line with its reason."""
