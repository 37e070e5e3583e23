-- One row per event in scope, with the conversation it belongs to and its identity.
-- Two events with the same identity are two sightings of one thing. The identity is, in this order:
-- the cluster of an alignment, the vendor's id with the kind (one guide reuses an id for two kinds),
-- or, where the capture gives neither, everything the entry says, and the how manieth of such entries it is in its
-- own file: "ok" said twice in one file is two messages, however often the file was captured. (A block that a tool
-- wrote into the file again counts on its own. Wickr's microseconds need no count: a line repeated there is one that
-- the bot wrote again.) Directory entries say who somebody is; they are nobody's message.
create table keyed as
with told as (
    select e.*, c.conversation_id as released_id, sha256(concat_ws(chr(31),
        c.conversation_id, e.event_kind, e.subkind, e.sender_id, e.target_id,
        coalesce(cast(e.ts_utc as varchar), e.ts_raw), coalesce(e.body, ''),
        cast(list_transform(e.attachments, lambda x: x.name) as varchar))) as said
    from events e
    join conversation_map c on c.source_conversation_id = e.conversation_id
    where e.event_kind <> 'directory'
),
numbered as (
    select *, case when source = 'wickr' or vendor_id <> '' then 1 else row_number() over (
        partition by said, object_key, version_id, member, list_contains(flags, 'appended-again')
        order by line, event_id) end as nth
    from told
)
select
    e.event_id, e.event_kind, e.subkind, e.source, e.format, e.custodian,
    e.released_id as conversation_id, e.conversation_kind, e.conversation_title,
    e.vendor_id, e.target_id, e.sender_id, e.sender_display, e.recipients,
    e.ts_utc, e.ts_source, e.ts_raw, e.expires_utc, e.body, e.attachments, e.flags, e.attributes,
    e.object_key, e.version_id, e.member, e.line,
    coalesce(a.rule, case when e.vendor_id <> '' then 'vendor-id' else 'exact-copy' end) as rule,
    coalesce(
        a.cluster_key,
        case when e.vendor_id <> '' then concat_ws('|', e.source, e.vendor_id, e.event_kind) end,
        concat_ws('|', e.source, '', e.said || case when e.nth > 1 then '#' || e.nth else '' end)
    ) as identity,
    length(e.attributes) as richness
from numbered e
left join aligned a on a.event_id = e.event_id;

-- The copy that says most speaks for all of them: text before a tombstone or an empty placeholder, the edited text
-- before the older one, then the fullest entry; ties by place, so the order of reading never matters.
create table ranked as
select *, row_number() over (
    partition by identity order by
        list_contains(flags, 'deleted'), coalesce(body, '') = '', not list_contains(flags, 'edited'),
        richness desc, object_key, member, line, event_id
) as copy_rank
from keyed;
