"""
# Quarterly oversight report

After each US federal fiscal quarter (FY2027 Q1 begins on 1 October 2026): what was captured, folded, redacted by
exemption, lost and delivered, as JSON, CSV and PDF in the reports zone. Counts only, no names and no text.

To write a quarter again, trigger with its name, for example `FY2026Q4`. Empty: the last full quarter.
"""

import pendulum
from airflow.sdk import CronDataIntervalTimetable, Param, dag

from tasks import DEFAULT_ARGS, quarterly_report


@dag(
    dag_display_name="Quarterly oversight report",
    # Federal fiscal quarters are calendar quarters with other names.
    schedule=CronDataIntervalTimetable("0 0 1 1,4,7,10 *", timezone="America/New_York"),
    start_date=pendulum.datetime(2025, 10, 1, tz="America/New_York"),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["oversight"],
    default_args=DEFAULT_ARGS,
    params={
        "quarter": Param(
            None,
            type=["null", "string"],
            pattern="^FY[0-9]{4}Q[1-4]$",
            title="Fiscal quarter",
            description="For example FY2026Q4. Empty: the quarter of the run's interval.",
        ),
    },
)
def quarterly_oversight():
    quarterly_report()


quarterly_oversight()
