-- Versions, deletions, reactions and receipts of each record, in time order.
create table record_bases as
select coalesce(s.record_identity, r.identity) as identity, r.identity as own_identity,
    s.edit_identity is not null as stands_in, r.*  exclude (identity)
from ranked r left join stand_ins s on s.edit_identity = r.identity
where r.copy_rank = 1
    and (r.event_kind not in ('edit', 'delete', 'recall', 'reaction', 'read_receipt') or s.edit_identity is not null);

create table edits as
select coalesce(a.record_identity, s.record_identity, concat_ws('|', a.source, a.conversation_id, a.target_id, 'message')) as identity,
    a.event_id, coalesce(a.body, '') as body, a.ts_utc as at_utc, a.identity as edit_identity,
    case when a.subkind = 'link-preview' or (o.body is not null and not list_contains(o.flags, 'edited') and (a.body = o.body
        or (a.body like 'http%' and contains(o.body, a.body)))) then 'link-preview' else 'edit' end as change
from attached a
left join stand_ins s on s.edit_identity = a.identity
left join founders o on o.identity = a.record_identity
where a.event_kind = 'edit';

create table version_rows as
select identity, event_id, body, at_utc, change, 1 as step, edit_identity as tie from edits
union all
select b.identity, b.event_id, coalesce(b.body, ''), b.ts_utc, 'original', 0, ''
from record_bases b where not b.stands_in
    and (b.identity in (select identity from edits) or b.identity in (select record_identity from differing))
union all
select record_identity, event_id, body, at_utc, 'differing-copy', 2, event_id from differing;

create table version_lists as
select identity,
    list(struct_pack(event_id := event_id, body := body, at_utc := at_utc, change := change)
        order by step = 2, step, at_utc nulls last, tie) as versions,
    last(body order by at_utc, tie) filter (where change = 'edit') as last_edit
from version_rows group by identity;

create table reaction_lists as
select record_identity as identity, list(struct_pack(
        event_id := event_id, value := coalesce(body, ''), sender_id := sender_id, sender_display := sender_display,
        at_utc := ts_utc, removed := list_contains(flags, 'reaction-removed'))
        order by ts_utc nulls last, attached.identity) as reactions
from attached where event_kind = 'reaction' and record_identity is not null group by record_identity;

create table deletion_lists as
select record_identity as identity, list(struct_pack(
        event_id := event_id, sender_id := sender_id, sender_display := sender_display, at_utc := ts_utc,
        scope := case when event_kind = 'recall' or subkind = 'everyone' then 'everyone'
            when source = 'wickr' then 'own-devices' else 'unknown' end)
        order by ts_utc nulls last, attached.identity) as deletions
from attached where event_kind in ('delete', 'recall') and record_identity is not null group by record_identity;

create table reader_lists as
select record_identity as identity, list_sort(list(distinct sender_id)) as read_by
from attached where event_kind = 'read_receipt' and record_identity is not null group by record_identity;
