-- The bytes of attachments: an event names a file, an object or archive member holds it.
create table files as
select object_key, version_id, member, sha256, size, mime,
    regexp_extract(case when path_hint <> '' then path_hint when member <> '' then member else object_key end,
        '[^/\\]*$') as base,
    regexp_extract(object_key, '(?:^|/)[0-9]+-([^/]+)\.bin$', 1) as vendor_id,
    regexp_extract(object_key, '^(.*/)?', 1) as folder
from objects where format = 'attachment';

create table named as
select r.identity, r.event_id, r.copy_rank, r.vendor_id, r.object_key as log_key, r.member as log_member,
    regexp_extract(r.object_key, '^(.*/)?', 1) as folder,
    u.ordinal, r.attachments[u.ordinal] as attachment,
    -- Bytes that lie inside the entry itself need not be looked for.
    r.attachments[u.ordinal].object_key <> '' as inside
from ranked r, lateral (select unnest(generate_series(1, len(r.attachments))) as ordinal) u
where len(r.attachments) > 0;

create table candidates as
select n.identity, n.event_id, n.ordinal, f.object_key, f.version_id, f.member, f.sha256, f.size, f.mime,
    case when f.object_key = n.log_key then 0 when f.folder = n.folder then 1 else 2 end as distance
from named n join files f
    on not n.inside and f.base <> '' and f.base = regexp_extract(
        case when n.attachment.path <> '' then n.attachment.path else n.attachment.name end, '[^/\\]*$')
union all
select n.identity, n.event_id, n.ordinal, f.object_key, f.version_id, f.member, f.sha256, f.size, f.mime, 0
from named n join files f on f.vendor_id <> '' and f.vendor_id = n.vendor_id;

create table found_files as
select * from (
    select *, row_number() over (
        partition by event_id, ordinal order by distance, object_key, member, version_id) as choice
    from candidates
) where choice = 1;

-- Per record the copy with the most bytes speaks, so a second capture can heal a first one.
create table attachment_lists as
select identity, attachments from (
    select *, row_number() over (partition by identity order by present desc, copy_rank, event_id) as choice
    from (
        select n.identity, n.event_id, n.copy_rank, count(f.object_key) as present,
            list(struct_pack(
                name := n.attachment.name, path := n.attachment.path,
                object_key := case when n.inside then n.attachment.object_key else coalesce(f.object_key, '') end,
                version_id := case when n.inside then n.attachment.version_id else coalesce(f.version_id, '') end,
                member := case when n.inside then n.attachment.member else coalesce(f.member, '') end,
                sha256 := case when n.inside then n.attachment.sha256 else coalesce(f.sha256, '') end,
                size := case when n.inside then n.attachment.size else coalesce(f.size, -1) end,
                mime := case when n.inside then n.attachment.mime
                    else coalesce(nullif(f.mime, ''), n.attachment.mime) end,
                note := n.attachment.note) order by n.ordinal) as attachments
        from named n left join found_files f on f.event_id = n.event_id and f.ordinal = n.ordinal
        group by n.identity, n.event_id, n.copy_rank
    )
) where choice = 1;
