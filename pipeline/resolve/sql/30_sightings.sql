-- Which record every message-like event is a sighting of; the count equation is read off this table.
create table sightings as
select r.event_id, coalesce(s.record_identity, r.identity) as record_identity, r.copy_rank, r.rule,
    r.custodian, r.format, r.object_key, r.version_id, r.member, r.line, r.body, r.ts_utc, r.sender_id
from ranked r
left join stand_ins s on s.edit_identity = r.identity
where r.event_kind not in ('edit', 'delete', 'recall', 'reaction', 'read_receipt') or s.edit_identity is not null;

create table sighting_lists as
select record_identity,
    list(struct_pack(
        event_id := event_id, custodian := custodian, format := format, object_key := object_key,
        version_id := version_id, member := member, line := line,
        rule := case when copy_rank = 1 then 'founder' else rule end)
        order by copy_rank, event_id) as sightings,
    count(distinct coalesce(body, '')) filter (where rule = 'vendor-id') > 1 as bodies_differ,
    max(ts_utc) filter (where rule = 'vendor-id') - min(ts_utc) filter (where rule = 'vendor-id') > 2000000 as times_differ,
    count(distinct sender_id) filter (where rule = 'vendor-id') > 1 as senders_differ
from sightings group by record_identity;

-- What a copy says that the founder does not: kept as a version, never merged silently.
create table differing as
select s.record_identity, min(s.event_id) as event_id, s.body, min(s.ts_utc) as at_utc
from sightings s
join sighting_lists l on l.record_identity = s.record_identity and l.bodies_differ
join (select record_identity, body from sightings where copy_rank = 1) f on f.record_identity = s.record_identity
where s.body is distinct from f.body and coalesce(s.body, '') <> ''
group by s.record_identity, s.body;
