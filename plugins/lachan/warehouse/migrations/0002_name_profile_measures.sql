-- Measures of a file get names with their unit. Two measures are dropped, because the limits in expectations/gate.yaml
-- now derive them from other columns. A warehouse that has the names already is left as it is.
do $$
begin
    if exists (
        select from information_schema.columns
        where table_schema = 'ops' and table_name = 'batch_profile' and column_name = 'volume_excess'
    ) then
        alter table ops.batch_profile rename column quarantined_share to share_quarantined;
        alter table ops.batch_profile rename column usual_rows to rows_usual;
        alter table ops.batch_profile rename column volume_ratio to times_usual;
        alter table ops.batch_profile rename column misdated_share to share_dated_elsewhere;
        alter table ops.batch_profile rename column rows_from_the_future to rows_in_the_future;
        alter table ops.batch_profile rename column distribution_shift to mix_shift;
        alter table ops.batch_profile rename column shrinkage to share_gone;
        alter table ops.batch_profile
            drop column broken_share,
            drop column volume_excess,
            alter column share_gone drop not null,
            alter column share_gone drop default,
            add column rows_loaded bigint not null default 0,
            add column rows_gone bigint;
    end if;
end $$;
