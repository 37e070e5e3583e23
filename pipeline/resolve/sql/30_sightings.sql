-- Which record every message-like event is a sighting of; the count equation is read off this table.
create table sightings as
select r.event_id, coalesce(s.record_identity, r.identity) as record_identity, r.copy_rank, r.rule,
    r.custodian, r.format, r.object_key, r.version_id, r.member, r.line, r.body, r.ts_utc, r.sender_id, r.recipients,
    r.flags
from ranked r
left join stand_ins s on s.edit_identity = r.identity
where r.event_kind not in ('edit', 'delete', 'recall', 'reaction', 'read_receipt') or s.edit_identity is not null;

create table heard_often as select record_identity from sightings group by record_identity having count(*) > 1;

create table sighting_lists as
select record_identity, [struct_pack(
        event_id := event_id, custodian := custodian, format := format, object_key := object_key,
        version_id := version_id, member := member, line := line, rule := 'founder')] as sightings,
    flags, recipients, false as bodies_differ, false as times_differ, false as senders_differ
from sightings anti join heard_often using (record_identity)
union all
select record_identity,
    list(struct_pack(
        event_id := event_id, custodian := custodian, format := format, object_key := object_key,
        version_id := version_id, member := member, line := line,
        rule := case when copy_rank = 1 then 'founder' else rule end)
        order by copy_rank, event_id) as sightings,
    list_sort(list_distinct(flatten(list(flags)))) as flags,
    -- Each report of a mail names those recipients that its part of the way was for.
    list_sort(list_distinct(flatten(list(case when rule = 'vendor-id' then recipients else [] end)))) as recipients,
    count(distinct case when rule = 'vendor-id' then coalesce(body, '') end) > 1 as bodies_differ,
    max(case when rule = 'vendor-id' then ts_utc end) - min(case when rule = 'vendor-id' then ts_utc end) > 2000000
        as times_differ,
    count(distinct case when rule = 'vendor-id' then sender_id end) > 1 as senders_differ
from sightings semi join heard_often using (record_identity)
group by record_identity;

-- What a copy says that the founder does not: kept as a version, never merged silently. Two exports of a chat
-- differ in case and spaces for no reason, and in language where the app wrote the line; only the former is noise.
create table copies as
select record_identity, event_id, body, ts_utc, rule, copy_rank,
    regexp_replace(lower(coalesce(body, '')), '\s+', ' ', 'g') as said
from sightings semi join heard_often using (record_identity);

create table differing as
select s.record_identity, min(s.event_id) as event_id, min(s.body) as body, min(s.ts_utc) as at_utc
from copies s
join (select record_identity, body, said from copies where copy_rank = 1) f on f.record_identity = s.record_identity
where coalesce(s.body, '') <> ''
    and case when s.rule = 'vendor-id' then s.body is distinct from f.body else s.said <> f.said end
group by s.record_identity, case when s.rule = 'vendor-id' then s.body else s.said end;
