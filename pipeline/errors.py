"""Every error the program raises on purpose.

BundlerError                exit 1  a defect: something that must never happen did
├── UsageError              exit 2  the command or a setting is wrong
├── BadInput                exit 3  something that was read is wrong; nothing was written
│   ├── BadPolicy                   the policy file
│   ├── BadRoster                   the roster file
│   ├── BadSources                  the sources file
│   ├── StorageError                a zone cannot be read or written
│   └── NotApproved                 a person refused, or nobody approved
├── VerificationRefused     exit 4  the gate found a reason not to release
├── DeliveryConflict        exit 5  the transfer zone holds something else under that name
└── CountMismatch           exit 1  a stage lost or made up records; the run stops

A message names the object, line, file or rule; it never quotes what a record says.
`advice` tells the operator what to do next. Each class has a heading in docs/errors.md.
"""

from __future__ import annotations


class BundlerError(Exception):
    """A defect in the program."""

    exit_code = 1
    advice = "Keep the run folder and report this with the command's stderr; nothing was delivered."


class UsageError(BundlerError):
    """The command line or a setting is wrong."""

    exit_code = 2
    advice = "Run the command with --help."


class BadInput(BundlerError):
    """Something that was read is wrong; nothing was written."""

    exit_code = 3
    advice = "Correct the named object and run again; nothing was written."


class BadPolicy(BadInput):
    """The redaction policy breaks a rule."""

    advice = "Correct the policy file at the named key; docs/policy.md lists the rules."


class BadRoster(BadInput):
    """The roster file breaks its format."""

    advice = "Correct the roster at the named line; docs/policy.md shows its columns."


class BadSources(BadInput):
    """The sources file breaks its format."""

    advice = "Correct the sources file at the named key; docs/sources.md lists the keys."


class StorageError(BadInput):
    """A zone cannot be read or written."""

    advice = "Check the URL, the credentials and the permissions of that zone, then run again."


class NotApproved(BadInput):
    """A person refused the release, or nobody approved it."""

    advice = "Nothing was packaged. Change the request or the policy and start a new run."


class VerificationRefused(BundlerError):
    """The gate found a reason not to release this bundle."""

    exit_code = 4
    advice = "Do not deliver this bundle. Read the certificate's findings, correct the cause and run again."


class DeliveryConflict(BundlerError):
    """The transfer zone holds different bytes under a name that this bundle needs."""

    exit_code = 5
    advice = "Nothing was overwritten. Find out who wrote the named object before you deliver again."


class CountMismatch(BundlerError):
    """What went into a stage and what came out of it do not add up."""

    advice = "The run was stopped before anything was released. Keep the run folder and report it."
