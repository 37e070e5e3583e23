"""The approval between redaction and packaging: a person sees counts, answers, and the answer is written down.

There is no default answer, so a timeout never approves. An approval is in the run folder before anything is
rendered; a refusal is in the run folder and ends the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param

from tasks import OPENING, current_settings

ANSWER = {"reason": Param(None, type=["null", "string"], format="multiline", maxLength=2000, title="Reason")}
"""What a reviewer fills in beside the two buttons."""

ROWS = {
    "records": "Records that respond",
    "units": "Record units (a conversation's day)",
    "participants": "Persons who take part",
    "withheld_attachments": "Attachments withheld",
    "losses": "Findings of loss in this selection",
}


class ReleaseApproval(ApprovalOperator):  # type: ignore[misc]
    """Asks for one release. The sheet shows counts only: message text never enters Airflow's database."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            body="",
            # A refused request must not end in green: whoever looks at the list of runs would take it for a
            # release. The run ends failed, at this task, with the refusal in the run folder.
            fail_on_reject=True,
            **settings,
        )

    def execute(self, context: Any) -> Any:
        """Show the review sheet and wait."""
        from pipeline.run import review_sheet

        self.body = sheet(context["params"], review_sheet(_run(context)))
        self.assigned_users = [{"id": name, "name": name} for name in current_settings().reviewer_ids] or None
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Write the answer down, then let it take effect."""
        if "error" not in event:
            self.validate_chosen_options(event["chosen_options"])
            self.validate_params_input(event["params_input"] or {})
            self._record(_run(context), event)
        return super().execute_complete(context, event)

    def _record(self, run: str, event: Mapping[str, Any]) -> None:
        from pipeline.run import approve, refuse

        by = event["responded_by_user"]["id"]
        reason = (event["params_input"] or {}).get("reason") or ""
        if event["chosen_options"] == [self.APPROVE]:
            approve(run, by=by, reason=reason, at=event["responded_at"].isoformat())
        else:
            refuse(run, by=by, reason=reason)


def sheet(params: Mapping[str, Any], counts: Mapping[str, Any]) -> str:
    """The review sheet as Markdown: what was asked, how much responds, how often each exemption was applied."""
    asked = {
        "Days": f"{params['from_day']} to {params['to_day']}",
        "Custodians": len(params["custodians"] or ()) or "all",
        "Search terms": len(params["terms"] or ()) or "none",
    }
    lines = ["| | |", "|---|---:|", *(f"| {label} | {value} |" for label, value in asked.items())]
    lines += [f"| {label} | {counts[name]:,} |" for name, label in ROWS.items()]
    lines += ["", "| Exemption | Redactions |", "|---|---:|"]
    lines += [f"| {label} | {number:,} |" for label, number in sorted(counts["redactions"].items())]
    if not counts["redactions"]:
        lines += ["| none | 0 |", "", "**Nothing was redacted. Look at the policy and the roster before you approve.**"]
    return "\n".join([*lines, "", "**Approve** packages, verifies and delivers. **Reject** ends the run: no bundle."])


def _run(context: Any) -> str:
    return str(context["ti"].xcom_pull(task_ids=OPENING, key="run"))
