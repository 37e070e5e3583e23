-- Annotations (edits, deletions, reactions, receipts) find the message they are about, wherever it was captured.
create table annotations as
select * from ranked
where copy_rank = 1 and event_kind in ('edit', 'delete', 'recall', 'reaction', 'read_receipt');

create table founders as
select * from ranked
where copy_rank = 1 and event_kind not in ('edit', 'delete', 'recall', 'reaction', 'read_receipt');

-- A vendor id used by several kinds means the message itself, not the control entry beside it.
create table by_vendor_id as
select source, vendor_id, identity, conversation_id from (
    select *, row_number() over (partition by conversation_id, source, vendor_id order by
        case event_kind when 'message' then 0 when 'file' then 1 when 'location' then 2 when 'call' then 3 else 4 end,
        identity) as choice
    from founders where vendor_id <> ''
) where choice = 1;

-- Wickr's read receipts carry the time of the message instead of its id.
create table by_time as
select conversation_id, ts_utc, min(identity) as identity
from founders where event_kind in ('message', 'file', 'location', 'call') and ts_utc is not null
group by conversation_id, ts_utc;

create table receipts as
select identity,
    1000000 * try_cast(json_extract_string(attributes, '$.readreceipt.message_timestamp_secs') as bigint)
    + try_cast(json_extract_string(attributes, '$.readreceipt.message_timestamp_usecs') as bigint) as message_utc
from annotations where event_kind = 'read_receipt' and target_id = '';

create table attached as
select a.*, coalesce(v.identity, t.identity) as record_identity, r.message_utc
from annotations a
left join receipts r on r.identity = a.identity
left join by_vendor_id v on a.target_id <> '' and v.conversation_id = a.conversation_id and v.source = a.source
    and v.vendor_id = a.target_id
left join by_time t on t.conversation_id = a.conversation_id and t.ts_utc = r.message_utc;

-- An edit whose message was never captured is the only trace of its text: the earliest one stands in for the
-- message, under the identity the message itself would have, so the two meet if it turns up later.
create table stand_ins as
select identity as edit_identity, record_identity from (
    select identity,
        case when target_id <> '' then concat_ws('|', source, conversation_id, target_id, 'message') else identity end as record_identity,
        row_number() over (
            partition by conversation_id, source, case when target_id <> '' then target_id else identity end
            order by ts_utc nulls last, identity) as choice
    from attached where event_kind = 'edit' and record_identity is null
) where choice = 1;
