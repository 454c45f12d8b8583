-- What quarantine shows of rows of the person: those that a replay loaded later, and those that were found in their originals,
-- which are not replayed any more.
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
            select
            from raw.{{ feed_name | identifier }} as loaded
            inner join erased_now on erased_now.feed = {{ feed_name }} and erased_now.item_key = loaded.{{ key_column | identifier }}
            where loaded.file_id = quarantined.replayed_by and loaded.line_no = quarantined.line_no
        )
        or (quarantined.file_id, quarantined.line_no) in (
            select found.file_id, found.line_no from unnest({{ file_ids }}::bigint[], {{ lines }}::bigint[]) as found (file_id, line_no)
        )
    )
