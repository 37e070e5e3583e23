-- What is missing by the look of the captures themselves, whatever conversation it belonged to.
create table capture_findings as
select 'f-' || substr(sha256(concat_ws('|', 'truncated-line', object_key, version_id, member)), 1, 16) as finding_id,
    'truncated-line' as rule, 'proved' as basis, cast(0.9 as double) as confidence, '' as platform,
    '' as conversation_id, '' as custodian, '' as record_id, '' as unit,
    cast(null as bigint) as from_utc, cast(null as bigint) as to_utc,
    cast(0 as bigint) as count_low, cast(1 as bigint) as count_high,
    [concat_ws('#', object_key, cast(line as varchar))] as evidence
from quarantine where reason in ('truncated-line', 'truncated-document');
