-- One row per real message. `days` maps quarter hours to days of the agency's zone, `member_spans` rooms to who was in
-- them.
create table assembled as
select
    case when b.rule like 'aligned%' then 'r-' || b.identity else 'r-' || substr(sha256(b.identity), 1, 20) end as record_id,
    b.identity, b.source as platform, b.conversation_id, b.conversation_kind,
    coalesce(nullif(b.conversation_title, ''), t.title, '') as conversation_title,
    case when b.ts_source = 'unknown' then cast(cast(make_timestamp(coalesce(b.ts_utc, 0)) as date) as varchar)
        else d.day end as unit,
    case when b.stands_in then 'message' when b.event_kind in ('message', 'file', 'call', 'location', 'unknown')
        then b.event_kind else 'system' end as kind,
    b.subkind, coalesce(b.ts_utc, 0) as ts_utc, b.ts_source, b.ts_raw, b.sender_id, b.sender_display,
    case when len(s.recipients) > 0 then s.recipients when len(b.recipients) > 0 then b.recipients
        else coalesce(list_filter(m.members, lambda x: x <> b.sender_id), cast([] as varchar[])) end as recipients,
    coalesce(v.last_edit, b.body) as body,
    coalesce(v.versions, []) as versions,
    coalesce(re.reactions, []) as reactions,
    coalesce(de.deletions, []) as deletions,
    coalesce(rd.read_by, cast([] as varchar[])) as read_by,
    coalesce(al.attachments, []) as attachments,
    list_sort(list_distinct(list_concat(s.flags,
        case when v.last_edit is not null then ['edited'] else cast([] as varchar[]) end,
        case when b.stands_in then ['original-missing'] else cast([] as varchar[]) end,
        case when b.ts_utc is null then ['time-unknown'] else cast([] as varchar[]) end))) as flags,
    b.attributes, x.expires_utc,
    s.sightings,
    list_filter([case when s.bodies_differ then 'body' end, case when s.times_differ then 'sent_at' end,
        case when s.senders_differ then 'sender' end], lambda x: x is not null) as conflicts
from record_bases b
join sighting_lists s on s.record_identity = b.identity
left join titles t on t.conversation_id = b.conversation_id
left join days d on d.slot = coalesce(b.ts_utc, 0) // 900000000
left join member_spans m on m.conversation_id = b.conversation_id
    and coalesce(b.ts_utc, 0) >= m.from_utc and coalesce(b.ts_utc, 0) < m.to_utc
left join version_lists v on v.identity = b.identity
left join reaction_lists re on re.identity = b.identity
left join deletion_lists de on de.identity = b.identity
left join reader_lists rd on rd.identity = b.identity
left join attachment_lists al on al.identity = b.own_identity
left join (select identity, max(expires_utc) as expires_utc from ranked group by identity) x
    on x.identity = b.own_identity;

-- The same row for an entry that nothing else is about.
create view plain_assembled as
select
    'r-' || substr(sha256(p.identity), 1, 20) as record_id, p.identity, e.source as platform, e.conversation_id,
    e.conversation_kind, coalesce(nullif(e.conversation_title, ''), t.title, '') as conversation_title,
    case when e.ts_source = 'unknown' then cast(cast(make_timestamp(e.ts_utc) as date) as varchar) else d.day end
        as unit,
    case when e.event_kind in ('message', 'file', 'call', 'location', 'unknown') then e.event_kind else 'system' end
        as kind,
    e.subkind, e.ts_utc, e.ts_source, e.ts_raw, e.sender_id, e.sender_display,
    case when len(e.recipients) > 0 then e.recipients
        else coalesce(list_filter(m.members, lambda x: x <> e.sender_id), cast([] as varchar[])) end as recipients,
    e.body, [] as versions, [] as reactions, [] as deletions, [] as read_by, [] as attachments, e.flags, e.attributes,
    e.expires_utc,
    [struct_pack(
        event_id := e.event_id, custodian := e.custodian, format := e.format, object_key := e.object_key,
        version_id := e.version_id, member := e.member, line := e.line, rule := 'founder')] as sightings,
    [] as conflicts
from plain p
join entries e on e.rowid = p.nr
left join titles t on t.conversation_id = e.conversation_id
left join days d on d.slot = e.ts_utc // 900000000
left join member_spans m on m.conversation_id = e.conversation_id and e.ts_utc >= m.from_utc and e.ts_utc < m.to_utc;
