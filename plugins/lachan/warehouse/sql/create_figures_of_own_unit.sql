-- The figures of one unit as the others see them too, for the login of that unit. Safe to run again at any time.
--
-- The function begins with the unit of the login and reads nothing else, so that neither a plan, nor a counter, nor the
-- message of an error depends on figures of others: a condition of the reader is evaluated on what the function returns.
-- PostgreSQL does not merge a function in plpgsql into the query that calls it. `offset 0` and the planner's settings keep
-- it to looking each row up by its key, whatever the session has set and whatever the tables hold: another plan would read
-- rows of others, and count them. The login is that of the session or of `set role`, which a session can set only to a
-- role that it is a member of.
create or replace function reporting.figures_of_own_unit() returns setof reporting.figure
language plpgsql stable security definer rows 5000
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_memoize = off
set enable_material = off
set enable_indexscan = on
set enable_nestloop = on
as $$
declare
    login text := case current_setting('role') when 'none' then session_user else current_setting('role') end;
    last_publication timestamptz := (select published_at from reporting.publication order by publication_id desc limit 1);
    parts text[] := regexp_match(login, '^ward_([0-9]+)_([0-9]{4})([0-9]{2})([0-9]{2})$');
begin
    if parts is null then
        return;
    end if;
    return query
    select
{% for column in columns %}
        {% if column.table == "clearance" %}
        case when state.is_suppressed then 'hidden' end{% if not loop.last %},{% endif %}

        {% elif column.name == "no_base_vi" %}
        case when state.is_suppressed then null when state.hides_base then 'Không so sánh với cùng kỳ năm trước' else reporting_window.no_base_vi end{% if not loop.last %},{% endif %}

        {% elif column.table == "change" %}
        coalesce(change.{{ column.column | identifier }}, last_publication){% if not loop.last %},{% endif %}

        {% else %}
        {{ column.table | identifier }}.{{ column.column | identifier }}{% if not loop.last %},{% endif %}

        {% endif %}
{% endfor %}
    from reporting.figure_series as series
    cross join lateral (
        select its_state.*
        from (
{% include "warehouse/sql/open_states.sql" %}

        ) as its_state
        where its_state.series_no = series.series_no and its_state.is_current and its_state.change <> 'withdrawn'
        offset 0
    ) as state
    cross join lateral (
        select its_window.* from reporting.figure_window as its_window where its_window.window_no = state.window_no offset 0
    ) as reporting_window
    left join lateral (
        select its_change.* from reporting.figure_change as its_change where its_change.change_no = state.change_no offset 0
    ) as change on true
    where series.ward_key = format('%s@%s-%s-%s', variadic parts) and series.ward_code = parts[1];
end $$;
comment on function reporting.figures_of_own_unit is 'The published figures of the unit after which the login is named; of no unit for any other login';
revoke all on function reporting.figures_of_own_unit from public;
grant execute on function reporting.figures_of_own_unit to lachan_ward_viewer;
