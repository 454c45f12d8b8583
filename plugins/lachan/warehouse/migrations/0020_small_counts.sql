-- Readers who are not cleared see what is published for them: reporting.open_figure and reporting.open_sentence hold
-- nothing else (docs/privacy.md). The tables behind them are for the platform and for cleared readers.
create table reporting.open_figure (
    figure_hash uuid primary key,
    numerator bigint,
    denominator bigint,
    series_no integer not null,
    window_no integer not null,
    change_no integer,
    revision_no integer,
    is_small_count boolean,
    is_suppressed boolean not null,
    hides_base boolean not null,
    year_before_value numeric,
    figure_id text generated always as (replace(figure_hash::text, '-', '')) virtual,
    value numeric generated always as ( -- as in reporting.figure_state, like the two below
        case when denominator is null then numerator else round(numerator / nullif(denominator, 0)::numeric, 6) end
    ) virtual,
    year_change numeric generated always as (
        case when denominator is null then numerator else round(numerator / nullif(denominator, 0)::numeric, 6) end
        - year_before_value
    ) virtual,
    year_change_percent numeric generated always as (
        case when denominator is null then round(100 * (numerator - year_before_value) / nullif(year_before_value, 0), 1) end
    ) virtual,
    check (not is_suppressed or (numerator is null and denominator is null and is_small_count is null and hides_base)),
    check (not hides_base or year_before_value is null)
);
create table reporting.small_count_rule (
    indicator_key text primary key,
    small_count_below integer not null,
    hides_small_counts boolean generated always as (small_count_below > 0) stored
);

create index open_figure_figure on reporting.open_figure using hash (replace(figure_hash::text, '-', ''));
create index open_figure_window on reporting.open_figure (window_no, series_no);
create index open_figure_series on reporting.open_figure (series_no);
create index open_figure_shown on reporting.open_figure (window_no) where change_no is null and not is_suppressed;

-- Sentences become a view, with the columns that they had as a table. Views of people on them stay, with owners and rights.
create temporary table dependent_view on commit drop as
select distinct
    dependent.oid as view_id,
    format('%I.%I', pg_namespace.nspname, dependent.relname) as view_name,
    dependent.relkind,
    array_to_string(dependent.reloptions, ', ') as options,
    '' as definition
from pg_depend
inner join pg_rewrite on pg_depend.classid = 'pg_rewrite'::regclass and pg_rewrite.oid = pg_depend.objid
inner join pg_class as dependent on dependent.oid = pg_rewrite.ev_class
inner join pg_namespace on pg_namespace.oid = dependent.relnamespace
where pg_depend.refclassid = 'pg_class'::regclass and pg_depend.refobjid = 'reporting.report_sentence'::regclass;

do $$
declare
    dependent record;
    path text := current_setting('search_path');
begin
    for dependent in select * from dependent_view where relkind <> 'v' loop
        raise exception 'the materialized view % reads sentences, which this release stores otherwise', dependent.view_name
            using hint = 'drop it, run `lachan migrate` again, and create it anew; nothing was changed';
    end loop;
    perform set_config('search_path', 'pg_catalog', true); -- so that definitions name the schema of every table
    update dependent_view set definition = pg_get_viewdef(view_id);
    perform set_config('search_path', path, true);
    for dependent in
        select
            view_name,
            (
                select string_agg(format('null::%s as %I', format_type(atttypid, atttypmod), attname), ', ' order by attnum)
                from pg_attribute
                where attrelid = view_id and attnum > 0 and not attisdropped
            ) as columns
        from dependent_view
    loop
        execute format('create or replace view %s as select %s where false', dependent.view_name, dependent.columns);
    end loop;
end $$;

revoke all on reporting.report_sentence from lachan_analyst, lachan_reporter, lachan_transformer;
alter table reporting.report_sentence rename to stored_sentence;
alter table reporting.stored_sentence
{% for column in report_sentence.columns %}
    add column if not exists {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if not loop.last %},{% endif %}

{% endfor %};
{% include "warehouse/sql/create_reader_check.sql" %}

{% include "warehouse/sql/create_sentence_view.sql" %}

do $$
declare
    dependent record;
    path text := current_setting('search_path');
begin
    perform set_config('search_path', 'pg_catalog', true);
    for dependent in select * from dependent_view loop
        execute format(
            'create or replace view %s %s as %s',
            dependent.view_name, 'with (' || dependent.options || ')', dependent.definition
        );
    end loop;
    perform set_config('search_path', path, true);
end $$;

revoke all on reporting.figure_state, reporting.figure_series, reporting.figure_change from lachan_reporter;

-- They decide by who calls them, and read what the caller may not.
do $$
declare
    of_an_instant regprocedure;
begin
    for of_an_instant in
        select oid from pg_proc where pronamespace = 'reporting'::regnamespace and proname in ('figure_as_of', 'indicator_as_of')
    loop
        execute format('alter function %s security definer', of_an_instant);
    end loop;
end $$;
