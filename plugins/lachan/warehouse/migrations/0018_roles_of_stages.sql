-- What is left after a publication is recorded by the publication itself, as `published`; `audited` is written by the audit only.
alter table ops.mart_state
    drop constraint mart_state_stage_check,
    add constraint mart_state_stage_check check (stage in ('built', 'audited', 'published', 'held'));

-- Each stage records what it may decide, and nothing else (rights on whole tables and columns: warehouse/sql/grant_rights.sql).
alter table ops.mart_state enable row level security;
create policy everything on ops.mart_state for select using (true);
create policy built on ops.mart_state for insert to lachan_transformer with check (stage in ('built', 'held'));
create policy audited on ops.mart_state for insert to lachan_auditor with check (stage in ('audited', 'held'));
create policy published on ops.mart_state for insert to lachan_publisher with check (stage = 'published');

alter table ops.decision enable row level security;
create policy everything on ops.decision for select using (true);
create policy replayed on ops.decision for insert to lachan_loader with check (decision = 'replayed');
create policy decided on ops.decision for insert to lachan_steward with check (decision <> 'replayed');

create function ops.keep_verdicts() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    is_refused boolean := case current_user
        when 'lachan_auditor' then old.gate <> 'pending' or new.gate not in ('accepted', 'held')
        when 'lachan_steward' then (old.gate, new.gate) not in (
            ('held', 'held'), ('held', 'accepted'), ('held', 'discarded'), ('none', 'discarded'), ('accepted', 'retracted')
        )
        else false
    end;
begin
    if is_refused then
        raise insufficient_privilege
            using message = format('%s may not change file %s from %s to %s', current_user, old.file_id, old.gate, new.gate);
    end if;
    return new;
end $$;
comment on function ops.keep_verdicts is 'Keeps the gate from judging a file twice, and people from decisions that the file does not wait for';
revoke all on function ops.keep_verdicts from public;
create trigger keep_verdicts before update of gate, export_date on ops.export_file
for each row execute function ops.keep_verdicts();

create function ops.keep_entries() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from ops.export_file where file_id = old.file_id and xmin = pg_current_xact_id()::xid) then
        raise insufficient_privilege using message = format('the entry of file %s is complete', old.file_id);
    end if;
    return new;
end $$;
comment on function ops.keep_entries is 'Lets the counts of an entry of the ledger be set only in the transaction that makes it';
revoke all on function ops.keep_entries from public;
create trigger keep_entries
before update of sha256, rows_read, rows_loaded, rows_quarantined, rows_duplicate, warnings, notes on ops.export_file
for each row when (current_user = 'lachan_loader') execute function ops.keep_entries();
