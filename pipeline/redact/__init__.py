"""Redaction: what is sensitive is found, coded by the policy, and replaced by its label; one ledger says all of it.

`detector` finds spans in one text, `proposals` walks the records of a part, `literals` gathers what was found
anywhere in a bundle, `release` writes the released record and its ledger rows.
"""
