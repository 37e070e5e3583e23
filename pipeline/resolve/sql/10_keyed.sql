-- The entries of the conversations at hand, under the ids that their conversations have in a release. `events` is read
-- just once, so it may be a stream.
create table entries as
select e.* replace (coalesce(j.conversation_id,
    'c-' || substr(sha256(concat_ws('|', e.source, e.conversation_id)), 1, 16)) as conversation_id)
from events e
left join joined j on j.source_conversation_id = e.conversation_id;

-- What each entry is a sighting of. Two entries with the same identity are two sightings of one thing. The identity
-- is, in this order: the cluster of an alignment; the vendor's id with the kind (one guide reuses an id for two
-- kinds), inside its conversation; or, where the capture gives neither, everything the entry says, and the how
-- manieth of such entries it is in its own file: "ok" said twice in one file is two messages, however often the file
-- was captured. (A block that a tool wrote into the file again counts on its own. Wickr's microseconds need no count:
-- a line repeated there is one that the bot wrote again.) Directory entries say who somebody is; they are nobody's
-- message.
create table keys as
select e.rowid as nr, e.source, e.conversation_id, e.vendor_id, e.target_id, e.event_kind, e.ts_utc,
    e.event_kind in ('edit', 'delete', 'recall', 'reaction', 'read_receipt') as annotates,
    coalesce(a.rule, case when e.vendor_id <> '' then 'vendor-id' else 'exact-copy' end) as rule,
    coalesce(a.cluster_key,
        -- Elsewhere than in Wickr a message with a file is a message again once the file is gone.
        case when e.vendor_id <> '' then concat_ws('|', e.source, e.conversation_id, e.vendor_id,
            case when e.event_kind = 'file' and e.source <> 'wickr' then 'message' else e.event_kind end) end) as identity
from entries e
left join aligned a on a.event_id = e.event_id
where e.event_kind <> 'directory';

create table told as
select k.nr, sha256(concat_ws(chr(31),
        e.conversation_id, e.event_kind, e.subkind, e.sender_id, e.target_id,
        coalesce(cast(e.ts_utc as varchar), e.ts_raw), coalesce(e.body, ''),
        cast(list_transform(e.attachments, lambda x: x.name) as varchar))) as said,
    e.source = 'wickr' as exact_time, e.object_key, e.version_id, e.member, e.line, e.event_id,
    list_contains(e.flags, 'appended-again') as again
from keys k join entries e on e.rowid = k.nr
where k.identity is null;

create table named_by_content as
select nr, concat_ws('|', 'said', said || case when exact_time or nth = 1 then '' else '#' || nth end) as identity
from (
    select *, row_number() over (
        partition by said, object_key, version_id, member, again order by line, event_id) as nth
    from told
);

-- Most entries are the only sighting of a message that nothing else is about. They need no joins: what the entry says
-- is the record. `woven` are all the others.
create table identified as
select k.* exclude (identity), coalesce(k.identity, n.identity) as identity
from keys k left join named_by_content n on n.nr = k.nr;

create table seen_often as select identity from identified group by identity having count(*) > 1;

create table spoken_of as
select distinct conversation_id, source, target_id as vendor_id from identified where annotates and target_id <> '';

create table receipt_times as
select distinct n.conversation_id,
    1000000 * try_cast(json_extract_string(e.attributes, '$.readreceipt.message_timestamp_secs') as bigint)
    + try_cast(json_extract_string(e.attributes, '$.readreceipt.message_timestamp_usecs') as bigint) as ts_utc
from identified n join entries e on e.rowid = n.nr where n.event_kind = 'read_receipt' and n.target_id = '';

create table woven as
select n.nr, n.identity, n.rule from identified n
join entries e on e.rowid = n.nr
left join seen_often o on o.identity = n.identity
left join spoken_of s on s.conversation_id = n.conversation_id and s.source = n.source and s.vendor_id = n.vendor_id
left join receipt_times r on r.conversation_id = n.conversation_id and r.ts_utc = n.ts_utc
where n.annotates or o.identity is not null or (n.vendor_id <> '' and s.vendor_id is not null)
    or r.ts_utc is not null or n.ts_utc is null or n.rule like 'aligned%' or len(e.attachments) > 0
    or list_has_any(e.flags, ['deleted', 'view-once']);

create table plain as
select n.nr, n.identity, n.rule from identified n anti join woven w on w.nr = n.nr;

-- Of the woven entries all that the following steps need.
create table keyed as
select e.*, w.rule, w.identity, length(e.attributes) as richness
from woven w join entries e on e.rowid = w.nr;

-- The copy that says most speaks for all of them: text before a tombstone or an empty placeholder, the edited text
-- before the older one, then the fullest entry; ties by place, so the order of reading never matters.
create table ranked as
select *, row_number() over (
    partition by identity order by
        list_contains(flags, 'deleted'), coalesce(body, '') = '', not list_contains(flags, 'edited'),
        richness desc, object_key, member, line, event_id
) as copy_rank
from keyed;
