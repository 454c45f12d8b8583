-- States of figures are divided by whether the indicator has a threshold (docs/privacy.md). Readers who are not cleared see
-- those without one where they are stored, so reporting.open_figure holds figures of the others only. A table of its own for
-- each kind, because a plan or a counter of a query that reads one of them tells nothing of the other.

-- 1. The views on what is replaced. Those of the platform that read open_figure are empty until the end of the upgrade, which
-- creates them anew in the transaction of its last migration; all others keep their definition.
create temporary table dependent_view on commit drop as
select
    dependent.oid as view_id,
    format('%I.%I', pg_namespace.nspname, dependent.relname) as view_name,
    dependent.relkind,
    array_to_string(dependent.reloptions, ', ') as options,
    bool_or(pg_depend.refobjid = 'reporting.open_figure'::regclass)
    and dependent.oid in (to_regclass('reporting.figure'), to_regclass('reporting.report_sentence')) as is_created_anew,
    '' as definition
from pg_depend
inner join pg_rewrite on pg_depend.classid = 'pg_rewrite'::regclass and pg_rewrite.oid = pg_depend.objid
inner join pg_class as dependent on dependent.oid = pg_rewrite.ev_class
inner join pg_namespace on pg_namespace.oid = dependent.relnamespace
where
    pg_depend.refclassid = 'pg_class'::regclass
    and pg_depend.refobjid in ('reporting.figure_state'::regclass, 'reporting.open_figure'::regclass)
group by dependent.oid, pg_namespace.nspname, dependent.relname, dependent.relkind, dependent.reloptions;

do $$
declare
    dependent record;
begin
    for dependent in select * from dependent_view where relkind <> 'v' loop
        raise exception 'the materialized view % reads states of figures, which this release stores otherwise', dependent.view_name
            using hint = 'drop it, run `lachan migrate` again, and create it anew; nothing was changed';
    end loop;
end $$;

{% include "warehouse/sql/empty_dependent_views.sql" %}

-- 2. The states. Those of an indicator that the catalogue does not have are kept from readers who are not cleared.
alter table reporting.figure_state rename to figure_state_of_earlier_release;
create table reporting.figure_state (
    like reporting.figure_state_of_earlier_release including all excluding indexes excluding statistics,
    has_threshold boolean not null
) partition by list (has_threshold);
create table reporting.figure_state_with_threshold partition of reporting.figure_state for values in (true);
create table reporting.figure_state_without_threshold partition of reporting.figure_state for values in (false);

do $$
declare
    stored text := (
        select string_agg(quote_ident(attname), ', ' order by attnum)
        from pg_attribute
        where attrelid = 'reporting.figure_state_of_earlier_release'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
    );
begin
    execute format(
        'insert into reporting.figure_state (%1$s, has_threshold)
        select state.*, coalesce(rule.hides_small_counts, true)
        from (select %1$s from reporting.figure_state_of_earlier_release) as state
        inner join reporting.figure_series as series on series.series_no = state.series_no
        left join reporting.small_count_rule as rule on rule.indicator_key = series.indicator_key
        order by state.change_no, state.window_no, state.series_no',
        stored
    );
    if (select count(*) from reporting.figure_state) <> (select count(*) from reporting.figure_state_of_earlier_release) then
        raise exception 'a state of a figure belongs to no series; nothing was changed';
    end if;
end $$;

-- In an upgrade from before 0020 this function still refers to the table; the end of the upgrade creates it anew.
do $$
begin
    if (select prosqlbody is not null from pg_proc where oid = to_regprocedure('reporting.figure_as_of(timestamptz)')) then
        create or replace function reporting.figure_as_of(at timestamptz) returns setof reporting.figure
        language sql stable security definer
        as 'select * from reporting.figure where false';
    end if;
end $$;
drop table reporting.figure_state_of_earlier_release;

-- A hash index has a third of the size of one of a primary key, and is used for lookups by figure_id.
create index figure_state_figure on reporting.figure_state using hash (replace(figure_hash::text, '-', ''));
create index figure_state_series on reporting.figure_state (series_no) where is_current;
create index figure_state_revised on reporting.figure_state (change_no) where change <> 'new';
-- Of each table, because PostgreSQL wants the column that divides them in a unique index of both.
create unique index figure_state_with_threshold_current on reporting.figure_state_with_threshold (window_no, series_no) where is_current;
create unique index figure_state_without_threshold_current on reporting.figure_state_without_threshold (window_no, series_no) where is_current;
analyze reporting.figure_state;

-- 3. What readers see of figures with a threshold.
alter table reporting.open_figure rename to open_figure_of_earlier_release;
create table reporting.open_figure (
    like reporting.open_figure_of_earlier_release including all excluding indexes excluding statistics
);
alter table reporting.open_figure drop column change_no, drop column revision_no;

do $$
declare
    stored text := (
        select string_agg(quote_ident(attname), ', ' order by attnum)
        from pg_attribute
        where attrelid = 'reporting.open_figure'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
    );
begin
    execute format(
        'insert into reporting.open_figure (%1$s)
        select %1$s from reporting.open_figure_of_earlier_release where change_no is null order by window_no, series_no',
        stored
    );
end $$;
drop table reporting.open_figure_of_earlier_release;

alter table reporting.open_figure add primary key (window_no, series_no);
create index open_figure_figure on reporting.open_figure using hash (replace(figure_hash::text, '-', ''));
create index open_figure_series on reporting.open_figure (series_no);
create index open_figure_shown on reporting.open_figure (window_no) where not is_suppressed;
analyze reporting.open_figure;

-- 4. The views.
do $$
declare
    dependent record;
    path text := current_setting('search_path');
begin
    perform set_config('search_path', 'pg_catalog', true);
    for dependent in select * from dependent_view where not is_created_anew loop
        begin
            execute format(
                'create or replace view %s %s as %s',
                dependent.view_name, 'with (' || dependent.options || ')', dependent.definition
            );
        exception when undefined_column then
            raise exception 'the view % reads a column of reporting.open_figure that this release does not have: %', dependent.view_name, sqlerrm
                using hint = 'let it read reporting.figure, run `lachan migrate` again; nothing was changed';
        end;
    end loop;
    perform set_config('search_path', path, true);
end $$;
