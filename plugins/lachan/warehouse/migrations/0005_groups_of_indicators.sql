-- Figures are built, audited and published by groups of indicators that rest on the same feeds. States that were recorded
-- for all marts together belong to no group, so the next build records new ones.
alter table ops.mart_state
    add column indicator_group text,
    add column why text,
    alter column fingerprint drop not null,
    drop constraint mart_state_stage_check,
    add constraint mart_state_stage_check check (stage in ('built', 'audited', 'held')),
    add constraint mart_state_of_its_stage check (case stage when 'held' then why is not null else fingerprint is not null end);

create index mart_state_latest on ops.mart_state (indicator_group, kept_at);

-- Missing days are now in int_feed_gap. Only models read this table.
do $$
begin
    if to_regclass('intermediate.int_feed_span') is not null then
        alter table intermediate.int_feed_span drop column if exists covered_to;
    end if;
end $$;
