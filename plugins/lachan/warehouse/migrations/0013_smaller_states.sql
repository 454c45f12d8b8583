-- The published states take less space: the hash of a figure has 16 bytes instead of 33 characters, its value and its change
-- are computed from the numbers that are stored, and one state in force of each figure is unique by numbers. Views keep
-- the names and types of all columns.
drop table if exists intermediate.int_distinct_count; -- the next build creates it with other columns

set local role lachan_publisher;

alter table reporting.figure_state rename to figure_state_of_earlier_release;

create table reporting.figure_state (
    figure_hash uuid not null,
    numerator bigint,
    denominator bigint,
    series_no integer not null,
    window_no integer not null,
    change_no integer not null,
    revision_no integer not null,
    is_current boolean not null,
    is_small_count boolean,
    change text not null check (change in ('new', 'changed', 'withdrawn')),
    year_before_value numeric,
    figure_id text generated always as (replace(figure_hash::text, '-', '')) virtual,
    value numeric generated always as ( -- as in dbt_project/models/marts/figure.sql, like the two below
        case when denominator is null then numerator else round(numerator / nullif(denominator, 0)::numeric, 6) end
    ) virtual,
    year_change numeric generated always as (
        case when denominator is null then numerator else round(numerator / nullif(denominator, 0)::numeric, 6) end
        - year_before_value
    ) virtual,
    year_change_percent numeric generated always as (
        case when denominator is null then round(100 * (numerator - year_before_value) / nullif(year_before_value, 0), 1) end
    ) virtual
);

insert into reporting.figure_state (
    figure_hash, numerator, denominator, series_no, window_no, change_no, revision_no, is_current, is_small_count, change,
    year_before_value
)
select
    figure_id::uuid, numerator, denominator, series_no, window_no, change_no, revision_no, is_current, is_small_count, change,
    year_before_value
from reporting.figure_state_of_earlier_release
order by change_no, window_no;

do $$
begin
    if exists (
        select
        from reporting.figure_state as state
        full join reporting.figure_state_of_earlier_release as earlier
            on earlier.figure_id = state.figure_id and earlier.revision_no = state.revision_no
        where (state.value, state.year_change, state.year_change_percent)
            is distinct from (earlier.value, earlier.year_change, earlier.year_change_percent)
    ) then
        raise exception 'a published value does not follow from its numerator and denominator; nothing was changed'
            using hint = 'compare the columns of reporting.figure_revision with marts.figure';
    end if;
end $$;

{% include "warehouse/sql/create_figure_views.sql" %}

{% include "warehouse/sql/create_figure_as_of_function.sql" %}

drop table reporting.figure_state_of_earlier_release;

-- A hash index has a third of the size of one of a primary key, and is used for lookups by figure_id.
create index figure_state_figure on reporting.figure_state using hash (replace(figure_hash::text, '-', ''));
create unique index figure_state_current on reporting.figure_state (window_no, series_no) where is_current;
create index figure_state_series on reporting.figure_state (series_no) where is_current;
create index figure_state_revised on reporting.figure_state (change_no) where change <> 'new';
analyze reporting.figure_state;

grant select on reporting.figure_state to lachan_analyst, lachan_reporter, lachan_ward_viewer, lachan_transformer;
alter table reporting.figure_state enable row level security;
create policy everything on reporting.figure_state for select
    to lachan_analyst, lachan_reporter, lachan_transformer using (true);
create policy own_ward on reporting.figure_state for select to lachan_ward_viewer
    using (is_current and change <> 'withdrawn' and series_no in (select series_no from reporting.figure_series));

reset role;
