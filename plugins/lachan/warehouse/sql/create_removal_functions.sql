-- The only way to remove rows that are old enough (docs/housekeeping.md): what figures, traces, reports as of an instant,
-- replays and retractions still need does not fulfil these conditions, whoever asks. Safe to run again at any time.

create or replace function ops.condition_of_removal(relation text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    -- the condition for a row `kept` of the relation; $1 is the instant before which it must have happened
    select case relation
        when 'ops.alert' then 'kept.cleared_at < $1'
        when 'ops.alert_history' then 'kept.cleared_at < $1'
        when 'ops.batch_profile' then -- the gate still reads the profile of a file that waits for a verdict
            'kept.profiled_at < $1 and exists (
                select from ops.export_file as file where file.file_id = kept.file_id and file.gate not in (''pending'', ''held'')
            )'
        when 'ops.check_result' then -- watch judges by the last audit, however old it is
            'kept.checked_at < $1 and kept.run_id is distinct from (
                select audit.run_id from ops.check_result as audit where audit.stage = ''audit'' order by audit.checked_at desc limit 1
            )'
        when 'ops.dbt_result' then
            'kept.finished_at < $1 and kept.run_id is distinct from (
                select result.run_id from ops.dbt_result as result order by result.finished_at desc limit 1
            )'
        when 'ops.mail' then -- the next digest begins where the last one of its recipient ended
            'coalesce(kept.sent_at, kept.created_at) < $1 and kept.mail_id <> all(array(
                select distinct on (digest.recipient) digest.mail_id from ops.mail as digest
                where digest.mail_key like ''digest:%'' order by digest.recipient, digest.as_of desc, digest.mail_id desc
            ))'
        when 'ops.mart_state' then -- what was last recorded of each group decides what is built, audited and published
            'kept.kept_at < $1 and kept.state_no <> all(array(
                select unnest(array_remove(array[
                    max(state.state_no),
                    max(state.state_no) filter (where state.stage in (''built'', ''published'')),
                    max(state.state_no) filter (where state.stage in (''audited'', ''published''))
                ], null))
                from ops.mart_state as state group by state.indicator_group
            ))'
        when 'ops.quarantined_row' then -- settled: replayed, discarded, or of a file that is
            'exists (
                select from ops.export_file as file
                where file.file_id = kept.file_id and greatest(file.loaded_at, file.gate_at) < $1
                    and (kept.replayed_by is not null or kept.discarded_why is not null or file.gate in (''discarded'', ''retracted''))
            ) and not exists (
                select from ops.export_file as replay where replay.file_id = kept.replayed_by and replay.loaded_at >= $1
            ) and not exists (
                select from ops.decision as decision where decision.file_id = kept.file_id and decision.decided_at >= $1
            )'
        when 'ops.watch_run' then
            'kept.finished_at < $1 and kept.finished_at < (select max(last_run.finished_at) from ops.watch_run as last_run)'
    end
    union all
    -- rows of loads that a person took out and no build has applied any more: nothing brings them back into force
    select format(
        'kept.file_id = any(array(
            select file.file_id from ops.export_file as file
            where file.feed = %L and file.gate in (''discarded'', ''retracted'') and file.gate_at < $1 and file.rows_loaded > 0
                and not exists (select from ops.delivery_in_force as fixed where fixed.file_id = file.file_id)
                and not exists (select from ops.applied_delivery as applied where applied.file_id = file.file_id)
                and not exists (select from ops.published_delivery as published where published.file_id = file.file_id)
        ))',
        pg_class.relname
    )
    from pg_class
    where pg_class.relnamespace = 'raw'::regnamespace and pg_class.relkind = 'r' and relation = 'raw.' || pg_class.relname
    order by 1 nulls last
    limit 1
$$;
comment on function ops.condition_of_removal is 'Which rows of a table housekeeping may remove; null for every table of which it may remove none';

create or replace function ops.count_expired(relation text, older_than timestamptz, out item_count bigint, out byte_count bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    condition text := ops.condition_of_removal(relation);
begin
    if condition is null then
        raise insufficient_privilege using message = format('no row of %s may be removed', relation);
    end if;
    execute format(
        'select count(*), coalesce(sum(pg_column_size(kept)), 0) from %s as kept where %s', relation::regclass, condition
    ) into item_count, byte_count using older_than;
end $$;
comment on function ops.count_expired is 'Counts the rows that remove_expired would remove, and their bytes';

create or replace function ops.note_removal(
    run_id text, thing text, older_than timestamptz, item_count bigint, byte_count bigint
) returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$
    insert into ops.removal (run_id, thing, older_than, item_count, byte_count)
    select note_removal.run_id, note_removal.thing, note_removal.older_than, note_removal.item_count, note_removal.byte_count
    where note_removal.item_count > 0
    on conflict on constraint removal_pkey do update set
        item_count = removal.item_count + excluded.item_count,
        byte_count = removal.byte_count + excluded.byte_count,
        removed_at = clock_timestamp()
$$;
comment on function ops.note_removal is 'Enters in ops.removal what a run has removed';

create or replace function ops.remove_expired(
    run_id text, relation text, older_than timestamptz, at_most integer, out item_count bigint, out byte_count bigint
)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    condition text := ops.condition_of_removal(relation);
begin
    if condition is null then
        raise insufficient_privilege using message = format('no row of %s may be removed', relation);
    end if;
    if older_than > clock_timestamp() - interval '30 days' then
        raise insufficient_privilege using message = 'nothing is removed before it is 30 days old';
    end if;
    execute format(
        -- on a table that is spread over machines several rows have one ctid
        case when relation like 'raw.%' then
            'with expired as materialized (
                select kept.file_id, kept.line_no, pg_column_size(kept) as size from %1$s as kept where %2$s limit $2
            ),
            gone as (
                delete from %1$s as kept
                where %2$s and (kept.file_id, kept.line_no) in (select expired.file_id, expired.line_no from expired)
                returning kept.line_no
            )
            select (select count(*) from gone), (select coalesce(sum(size), 0) from expired)'
        else
            'with expired as (select kept.ctid from %1$s as kept where %2$s limit $2),
            gone as (delete from %1$s as kept where kept.ctid = any(array(select ctid from expired)) returning pg_column_size(kept) as size)
            select count(*), coalesce(sum(size), 0) from gone'
        end,
        relation::regclass, condition
    ) into item_count, byte_count using older_than, at_most;
    perform ops.note_removal(run_id, relation, older_than, item_count, byte_count);
end $$;
comment on function ops.remove_expired is 'Removes at most so many rows of a table that are older and fulfil its condition of removal, and enters them in ops.removal';

revoke all on function ops.condition_of_removal, ops.count_expired, ops.note_removal, ops.remove_expired from public;
grant execute on function ops.count_expired, ops.note_removal, ops.remove_expired to lachan_housekeeper;
