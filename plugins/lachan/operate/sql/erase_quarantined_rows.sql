-- What quarantine shows of rows of the person: those that a replay loaded later, and those that were found in their originals,
-- which are not replayed any more.
with loaded as materialized (
    select file_id, line_no
    from raw.{{ feed_name | identifier }}
    where {{ key_column | identifier }} in (select item_key from erased_now where feed = {{ feed_name }})
)

update ops.quarantined_row as quarantined
set
    masked_row = '{}',
    reasons = (
        select coalesce(json_agg(json_build_object('column', reason ->> 'column', 'rule', reason ->> 'rule', 'expected', reason ->> 'expected', 'found', '')), '[]')
        from json_array_elements(quarantined.reasons) as reason
    ),
    discarded_why = case when quarantined.replayed_by is null then coalesce(quarantined.discarded_why, {{ why }}) end
where
    quarantined.feed = {{ feed_name }}
    and (
        exists (
            select from loaded
            where loaded.file_id = quarantined.replayed_by and loaded.line_no = quarantined.line_no
        )
        or exists (
            select from unnest({{ file_ids }}::bigint[], {{ lines }}::bigint[]) as found (file_id, line_no)
            where found.file_id = quarantined.file_id and found.line_no = quarantined.line_no
        )
    )
