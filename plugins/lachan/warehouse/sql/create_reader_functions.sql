-- What readers of figures need of the catalogues, which are tables of dbt: in plpgsql, because the functions are created
-- before those tables. Safe to run again at any time.
create or replace function reporting.indicator_catalogue()
returns table (
    indicator_key text, label_vi text, unit text, definition text, numerator text, denominator text, measure text,
    additive_over_time boolean, additive_over_wards boolean, has_wards boolean, breakdown_dim text,
    small_count_below integer, indicator_group text, feed text, source text
)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select
        i.indicator_key, i.label_vi, i.unit, i.definition, i.numerator, i.denominator, i.measure,
        i.additive_over_time, i.additive_over_wards, i.has_wards, i.breakdown_dim,
        i.small_count_below, i.indicator_group, i.feed, i.source
    from reference.indicators as i;
end $$;
comment on function reporting.indicator_catalogue is 'The catalogue of indicators with their definitions (reference.indicators), for readers who have only reporting';
revoke all on function reporting.indicator_catalogue from public;
grant execute on function reporting.indicator_catalogue to lachan_analyst, lachan_reporter, lachan_ward_viewer;

create or replace function reporting.city_published()
returns table (
    year integer, indicator_key text, breakdown_dim text, breakdown_value text, label_vi text, unit text, value numeric,
    paragraph integer, note text, reading text
)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select
        p.year, p.indicator_key, p.breakdown_dim, p.breakdown_value, p.label_vi, p.unit, p.value,
        p.paragraph, p.note, p.reading
    from marts.published_figure as p;
end $$;
comment on function reporting.city_published is 'The figures that the city itself published (marts.published_figure), for readers who have only reporting';
revoke all on function reporting.city_published from public;
grant execute on function reporting.city_published to lachan_analyst, lachan_reporter;
