-- Evidence that something is missing. One row per finding; the rules' texts are in losses.py.
create table findings as
with orphans as (
    select source as platform, conversation_id,
        case when target_id <> '' then concat_ws('|', source, conversation_id, target_id)
            else concat_ws('|', source, conversation_id, 'at', cast(message_utc as varchar)) end as subject,
        event_id, event_kind, custodian, ts_utc, identity
    from attached
    where record_identity is null and (target_id <> '' or message_utc is not null)
),
missing as (
    select 'target-never-captured' as rule, 'proved' as basis, 1.0 as confidence, platform,
        min(conversation_id) as conversation_id, min(custodian) as custodian,
        coalesce(min(case when event_kind = 'edit' then 'r-' || substr(sha256(subject || '|message'), 1, 20) end), '')
            as record_id,
        cast(null as bigint) as from_utc, min(ts_utc) as to_utc, 1 as count_low, 1 as count_high,
        list(event_id order by ts_utc nulls last, event_id) as evidence, subject
    from orphans group by platform, subject
),
absent as (
    select 'attachment-absent' as rule, 'proved' as basis, 1.0 as confidence, platform, conversation_id,
        '' as custodian, record_id, ts_utc as from_utc, ts_utc as to_utc,
        len(list_filter(attachments, lambda x: x.object_key = '')) as count_low,
        len(list_filter(attachments, lambda x: x.object_key = '')) as count_high,
        [sightings[1].event_id] as evidence, record_id as subject
    from assembled where len(list_filter(attachments, lambda x: x.object_key = '')) > 0
),
tombstones as (
    select 'deleted-before-capture' as rule, 'proved' as basis, 1.0 as confidence, platform, conversation_id,
        '' as custodian, record_id, ts_utc as from_utc, ts_utc as to_utc, 1 as count_low, 1 as count_high,
        [sightings[1].event_id] as evidence, record_id as subject
    from assembled
    where kind = 'message' and coalesce(body, '') = '' and len(attachments) = 0
        and (list_contains(flags, 'deleted') or list_contains(flags, 'view-once'))
),
lacking as (
    select 'copy-lacks-message' as rule, 'proved' as basis, 0.9 as confidence, a.platform, a.conversation_id,
        l.custodian, a.record_id, a.ts_utc as from_utc, a.ts_utc as to_utc, 1 as count_low, 1 as count_high,
        [a.sightings[1].event_id] as evidence, concat_ws('|', a.record_id, l.source_conversation_id) as subject
    from lacks l join assembled a on a.identity = l.cluster_key
),
every as (
    select * from missing union all select * from absent union all select * from tombstones
    union all select * from lacking
)
select 'f-' || substr(sha256(concat_ws('|', rule, subject)), 1, 16) as finding_id,
    rule, basis, cast(confidence as double) as confidence, platform, conversation_id, custodian, record_id,
    coalesce(d.day, '') as unit, from_utc, to_utc,
    cast(count_low as bigint) as count_low, cast(count_high as bigint) as count_high, evidence
from every left join days d on d.slot = coalesce(every.from_utc, every.to_utc) // 900000000;
