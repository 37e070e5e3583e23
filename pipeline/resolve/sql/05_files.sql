-- The objects and archive members that hold the bytes of attachments, and how entries may name them.
create table files as
select object_key, version_id, member, sha256, size, mime,
    replace(case when path_hint <> '' then path_hint when member <> '' then member else object_key end, '\', '/')
        as full_path,
    regexp_extract(full_path, '[^/]*$') as base,
    regexp_extract(object_key, '(?:^|/)[0-9]+-([^/]+)\.bin$', 1) as vendor_id,
    regexp_extract(object_key, '^(.*/)?', 1) as folder
from objects where format = 'attachment';
