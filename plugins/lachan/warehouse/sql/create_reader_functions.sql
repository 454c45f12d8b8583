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

create or replace function reporting.model_states(up_to date)
returns table (
    model_id text, as_of date, model_name text, kind_vi text, host text, ward_key text, ward_name text,
    launched_on date, last_activity_on date, days_since_last_activity integer, activities_90_days integer,
    activities_per_month numeric, norm_per_month numeric, share_of_norm numeric, points_in_force integer,
    points_without_activity integer, rating_vi text, state text, state_vi text, reasons_vi text, advice_vi text
)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select
        v.model_id, v.as_of, v.model_name, coalesce(kind.label_vi, v.model_kind), v.host, v.ward_key,
        coalesce(ward.ward_name, 'Không rõ'), v.launched_on, v.last_activity_on, v.days_since_last_activity,
        v.activities_90_days, v.activities_per_month, v.norm_per_month, v.share_of_norm, v.points_in_force,
        v.points_without_activity, coalesce(rating.label_vi, v.rating), v.state, coalesce(named.label_vi, v.state),
        v.reasons_vi, v.advice_vi
    from marts.model_vitality as v
    left join marts.dim_ward as ward on ward.ward_key = v.ward_key
    left join reference.breakdown as kind on kind.breakdown_dim = 'model_kind' and kind.breakdown_value = v.model_kind
    left join reference.breakdown as rating on rating.breakdown_dim = 'rating' and rating.breakdown_value = v.rating
    left join reference.breakdown as named on named.breakdown_dim = 'vitality_state' and named.breakdown_value = v.state
    where v.as_of = (select max(cut_off.as_of) from marts.model_vitality as cut_off where cut_off.as_of <= up_to);
end $$;
comment on function reporting.model_states is 'The models in force on the last cut-off day up to a day, with their states (marts.model_vitality) and Vietnamese labels, for readers who have only reporting';
revoke all on function reporting.model_states from public;
grant execute on function reporting.model_states to lachan_analyst, lachan_reporter;

create or replace function reporting.ward_history(ward text)
returns table (
    ward_key text, ward_full_name text, valid_from date, valid_to date, ended_because text, succeeded_by text
)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select w.ward_key, w.ward_full_name, w.valid_from, w.valid_to, w.ended_because, w.succeeded_by
    from marts.dim_ward as w
    where w.ward_key = ward;
end $$;
comment on function reporting.ward_history is 'What the register says of one ward (marts.dim_ward): public facts, for readers who have only reporting';
revoke all on function reporting.ward_history from public;
grant execute on function reporting.ward_history to lachan_analyst, lachan_reporter, lachan_ward_viewer;

create or replace function reporting.expected_exports(of_feed text)
returns table (
    period_from date, period_to date, due_on date, standing text, delivered_on date, days_late integer,
    is_corrected boolean, rows_quarantined bigint, file_id bigint
)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if to_regclass('marts.expected_export') is null then
        return; -- before the first build
    end if;
    return query
    select
        e.period_from, e.period_to, e.due_on, e.standing, e.delivered_on, e.days_late,
        e.is_corrected, e.rows_quarantined, e.file_id
    from marts.expected_export as e
    where e.feed = of_feed;
end $$;
comment on function reporting.expected_exports is 'The exports that one feed owes and what became of each (marts.expected_export), for stewards';
revoke all on function reporting.expected_exports from public;
grant execute on function reporting.expected_exports to lachan_analyst, lachan_steward;

create or replace function reporting.ward_spellings_to_settle()
returns table (
    ward_spelling text, row_count bigint, by_feed text, first_day date, last_day date, candidates_vi text,
    is_settled boolean, to_do_vi text
)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if to_regclass('marts.ward_spelling_to_resolve') is null then
        return; -- before the first build
    end if;
    return query
    select
        s.ward_spelling, s.row_count, s.by_feed, s.first_day, s.last_day, s.candidates_vi, s.is_settled, s.to_do_vi
    from marts.ward_spelling_to_resolve as s;
end $$;
comment on function reporting.ward_spellings_to_settle is 'The spellings of wards that mean no ward (marts.ward_spelling_to_resolve), for stewards';
revoke all on function reporting.ward_spellings_to_settle from public;
grant execute on function reporting.ward_spellings_to_settle to lachan_analyst, lachan_steward;

create or replace function reporting.known_wards()
returns table (ward_key text, ward_code text, ward_name text, ward_full_name text, valid_from date, valid_to date)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if to_regclass('marts.dim_ward') is null then
        return; -- before the first build
    end if;
    return query
    select w.ward_key, w.ward_code, w.ward_name, w.ward_full_name, w.valid_from, w.valid_to
    from marts.dim_ward as w
    where w.is_in_city and w.ward_code is not null;
end $$;
comment on function reporting.known_wards is 'The wards of the city at any time (marts.dim_ward): public facts, for stewards';
revoke all on function reporting.known_wards from public;
grant execute on function reporting.known_wards to lachan_analyst, lachan_steward;

create or replace function reporting.states_of_publication(of_publication bigint) returns bigint
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(sum(change.state_count), 0)
        from reporting.figure_change as change
        where change.publication_id = of_publication and reporting.is_cleared()
    );
end $$;
comment on function reporting.states_of_publication is 'How many figures a publication has changed; 0 for readers who are not cleared';
revoke all on function reporting.states_of_publication from public;
grant execute on function reporting.states_of_publication to lachan_analyst, lachan_reporter;
