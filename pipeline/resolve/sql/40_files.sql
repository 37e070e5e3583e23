-- The bytes of attachments: an event names a file, an object or archive member holds it.
create table named as
select r.identity, r.event_id, r.copy_rank, r.vendor_id, r.object_key as log_key, r.member as log_member,
    regexp_extract(r.object_key, '^(.*/)?', 1) as folder,
    u.ordinal, r.attachments[u.ordinal] as attachment,
    -- Bytes that lie inside the entry itself need not be looked for, those that the capture says it lacks must not be.
    r.attachments[u.ordinal].object_key <> '' as inside,
    r.attachments[u.ordinal].object_key = '' and r.attachments[u.ordinal].note = '' as sought,
    regexp_replace(replace(coalesce(nullif(r.attachments[u.ordinal].path, ''), r.attachments[u.ordinal].name),
        '\', '/'), '^[./]*/', '') as path
from ranked r, lateral (select unnest(generate_series(1, len(r.attachments))) as ordinal) u
where len(r.attachments) > 0;

-- Names repeat: every phone has a photo of the day's number one. So a file counts only from the same archive, or
-- from a folder above or below the log's, and the nearest one whose path ends as the entry says.
create table candidates as
select n.identity, n.event_id, n.ordinal, f.object_key, f.version_id, f.member, f.sha256, f.size, f.mime,
    case when f.object_key = n.log_key then 0 when f.folder = n.folder then 2 else 4 end
        + case when f.full_path = n.path or ends_with(f.full_path, '/' || n.path) then 0 else 1 end as distance
from named n join files f on n.sought and f.base <> '' and f.base = regexp_extract(n.path, '[^/]*$')
    and (f.object_key = n.log_key or starts_with(f.folder, n.folder) or starts_with(n.folder, f.folder))
union all
select n.identity, n.event_id, n.ordinal, f.object_key, f.version_id, f.member, f.sha256, f.size, f.mime, 0
from named n join files f on n.sought and f.vendor_id <> '' and f.vendor_id = n.vendor_id;

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
        select n.identity, n.event_id, n.copy_rank, count(*) filter (where n.inside or f.object_key is not null) as present,
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
