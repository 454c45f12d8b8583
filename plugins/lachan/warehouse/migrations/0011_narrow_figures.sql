-- Figures and their revisions are stored once, as numbers: what many figures share, their series and windows, has tables of
-- its own, and reporting.figure, reporting.figure_revision and marts.figure become views with the columns that they had as
-- tables. Views of people on them stay, with their owners, rights and comments.

-- 1. The views on what is replaced. Until the end of this migration they are empty, so that nothing refers to the tables.
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
where
    (pg_depend.refclassid, pg_depend.refobjid) in (
        ('pg_class'::regclass, 'reporting.figure'::regclass),
        ('pg_class'::regclass, 'reporting.figure_revision'::regclass),
        ('pg_class'::regclass, to_regclass('marts.figure')),
        ('pg_proc'::regclass, to_regprocedure('reporting.figure_as_of(timestamptz)'))
    );

do $$
declare
    dependent record;
    path text := current_setting('search_path');
begin
    for dependent in select * from dependent_view where relkind <> 'v' loop
        raise exception 'the materialized view % reads figures, which this release stores otherwise', dependent.view_name
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

drop function if exists reporting.figure_as_of;

-- 2. The tables. A warehouse of an earlier release may lack columns that the mart has gained.
set local role lachan_publisher;

alter table reporting.figure
{% for column in figure.columns %}
    add column if not exists {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if not loop.last %},{% endif %}

{% endfor %};
alter table reporting.figure_revision
{% for column in figure.revised_columns %}
    add column if not exists {{ ("old_" ~ column.name) | identifier }} {{ column.sql_type | sql_type }},
    add column if not exists {{ ("new_" ~ column.name) | identifier }} {{ column.sql_type | sql_type }},
{% endfor %}
{% for column in figure.unrevised_columns %}
    add column if not exists {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if not loop.last %},{% endif %}

{% endfor %};

create table reporting.figure_series (
    series_no integer generated always as identity primary key,
{% for column in figure.columns if column.stored_in == "series" %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if not loop.last %},{% endif %}

{% endfor %}
);

create table reporting.figure_window (
    window_no integer generated always as identity primary key,
{% for column in figure.columns if column.stored_in == "window" %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if not loop.last %},{% endif %}

{% endfor %}
);

create table reporting.figure_change (
    change_no integer generated always as identity primary key,
    publication_id bigint,
    changed_at timestamptz not null,
    run_id text not null,
    why text not null
);

-- No foreign keys: one transaction writes all four tables, and checking millions of rows would take longer than writing them.
create table reporting.figure_state (
    series_no integer not null,
    window_no integer not null,
    change_no integer not null,
    revision_no integer not null,
    is_current boolean not null,
    change text not null check (change in ('new', 'changed', 'withdrawn')),
{% for column in figure.columns if column.stored_in == "state" %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if column.name in figure.key %} not null{% endif %}{% if not loop.last %},{% endif %}

{% endfor %}
);

-- 3. The rows. The last revision of a figure that is published takes the values that readers see.
create temporary table wide_state on commit drop as
select
    revision.figure_id as state_figure_id, revision.revision_no, revision.change,
    revision.publication_id, revision.changed_at, revision.run_id, revision.why,
    not exists (
        select from reporting.figure_revision as later
        where later.figure_id = revision.figure_id and later.revision_no > revision.revision_no
    ) as is_current,
{% for column in figure.columns %}
    case
        when published.figure_id is not null then published.{{ column.name | identifier }}
        else revision.{% if column.is_revised %}{{ ("new_" ~ column.name) | identifier }}{% else %}{{ column.name | identifier }}{% endif %}

    end as {{ column.name | identifier }}{% if not loop.last %},{% endif %}

{% endfor %}
from reporting.figure_revision as revision
left join reporting.figure as published
    on published.figure_id = revision.figure_id and published.revision_no = revision.revision_no;

{% set series = figure.columns | selectattr("stored_in", "equalto", "series") | map(attribute="name") | list %}
{% set window_columns = figure.columns | selectattr("stored_in", "equalto", "window") | map(attribute="name") | list %}
{% set state = figure.columns | selectattr("stored_in", "equalto", "state") | map(attribute="name") | list %}
insert into reporting.figure_series ({{ series | identifiers }})
select distinct {{ series | identifiers }} from wide_state;

insert into reporting.figure_window ({{ window_columns | identifiers }})
select distinct {{ window_columns | identifiers }} from wide_state;

insert into reporting.figure_change (publication_id, changed_at, run_id, why)
select distinct publication_id, changed_at, run_id, why from wide_state order by changed_at;

analyze wide_state;
analyze reporting.figure_series;
analyze reporting.figure_window;
analyze reporting.figure_change;

insert into reporting.figure_state (series_no, window_no, change_no, revision_no, is_current, change, {{ state | identifiers }})
select series.series_no, reporting_window.window_no, change.change_no, wide.revision_no, wide.is_current, wide.change, {{ state | identifiers("wide") }}
from wide_state as wide
inner join reporting.figure_series as series on row({{ series | identifiers("series") }})::text = row({{ series | identifiers("wide") }})::text
inner join reporting.figure_window as reporting_window
    on row({{ window_columns | identifiers("reporting_window") }})::text = row({{ window_columns | identifiers("wide") }})::text
inner join reporting.figure_change as change
    on row(change.publication_id, change.changed_at, change.run_id, change.why)::text = row(wide.publication_id, wide.changed_at, wide.run_id, wide.why)::text
order by change.change_no, reporting_window.window_no;

do $$
begin
    if (select count(*) from reporting.figure_state) <> (select count(*) from reporting.figure_revision)
        or (select count(*) from reporting.figure_state where is_current and change <> 'withdrawn') <> (select count(*) from reporting.figure)
    then
        raise exception 'the revisions of reporting.figure_revision do not lead to the figures of reporting.figure; nothing was changed';
    end if;
end $$;

alter table reporting.figure_state add primary key (figure_id, revision_no);
create index figure_state_window on reporting.figure_state (window_no) where is_current;
create index figure_state_series on reporting.figure_state (series_no) where is_current;
analyze reporting.figure_state;

drop table reporting.figure, reporting.figure_revision;

-- The mart becomes a view as well, with the next build. Until then it shows the rows of the last one.
reset role;
do $$
begin
    if to_regclass('marts.figure') is not null then
        set local role lachan_transformer;
        alter table marts.figure
{% for column in figure.columns %}
            add column if not exists {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if not loop.last %},{% endif %}

{% endfor %};
        alter table marts.figure rename to figure_of_earlier_release;
        create view marts.figure as select {{ figure.names | identifiers }} from marts.figure_of_earlier_release;
        grant select on marts.figure to lachan_analyst, lachan_publisher;
        reset role;
    end if;
end $$;
drop table if exists intermediate.int_figure_cell; -- a view has its name
set local role lachan_publisher;

-- 4. The views, for readers as before. Their columns keep the order that they had in the tables: the definition of a view
-- on figure_as_of lists them by position.
{% include "warehouse/sql/create_figure_views.sql" %}

{% include "warehouse/sql/create_figure_as_of_function.sql" %}

reset role;

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

set local role lachan_publisher;
{% include "warehouse/sql/grant_figures.sql" %}

reset role;
