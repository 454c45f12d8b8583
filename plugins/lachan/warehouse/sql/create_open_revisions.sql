-- Safe to run again at any time.
-- In plpgsql, so that it is not merged into the query of a reader.
create or replace function reporting.open_revisions() returns setof reporting.stored_revision
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select stored.*
    from reporting.stored_revision as stored
    inner join reporting.small_count_rule as rule on rule.indicator_key = stored.indicator_key
    where not rule.hides_small_counts;
end $$;
comment on function reporting.open_revisions is 'The revisions of the indicators that have no small counts to hide';
revoke all on function reporting.open_revisions from public;
grant execute on function reporting.open_revisions to lachan_analyst, lachan_reporter, lachan_transformer, lachan_publisher, lachan_definer;
