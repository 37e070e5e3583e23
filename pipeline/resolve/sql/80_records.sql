-- The records, with the rules by which something of them is missing, and a digest of all that a release would say.
create view records as
select a.record_id, a.platform, a.conversation_id, a.conversation_kind, a.conversation_title, a.unit, a.kind, a.subkind,
    a.ts_utc, a.ts_source, a.ts_raw, a.sender_id, a.sender_display, a.recipients, a.body, a.versions, a.reactions,
    a.deletions, a.read_by, a.attachments, a.flags, a.attributes, a.expires_utc, a.sightings, a.conflicts,
    coalesce(f.rules, cast([] as varchar[])) as findings,
    sha256(concat_ws(chr(31), a.kind, a.subkind, cast(a.ts_utc as varchar),
        cast(length(a.sender_id) as varchar), a.sender_id, coalesce(cast(length(a.body) as varchar), ''),
        coalesce(a.body, ''), array_to_string(a.flags, ' '),
        case when len(a.versions) + len(a.reactions) + len(a.deletions) + len(a.attachments) + len(a.conflicts)
            + coalesce(len(f.rules), 0) = 0 then ''
        else cast(to_json(struct_pack(
            versions := list_transform(a.versions, lambda x: [x.change, x.body]),
            reactions := list_transform(a.reactions, lambda x: [x.sender_id, x.value, cast(x.removed as varchar)]),
            deletions := list_transform(a.deletions, lambda x: [x.sender_id, x.scope]),
            files := list_transform(a.attachments, lambda x: [x.name, x.sha256]),
            conflicts := a.conflicts, findings := f.rules)) as varchar) end)) as digest
from (select * from assembled union all select * from plain_assembled) a
left join (
    select record_id, list_sort(list(distinct rule)) as rules from findings where record_id <> '' group by record_id
) f on f.record_id = a.record_id;
