-- What people see of a province: the figures of the cities that are theirs, and without being cleared none that its city hides.
-- The views belong to lachan_definer, for which row policies choose the cities by the login of the session. Safe to run again at
-- any time.
create or replace function province.cities_of_session() returns text[]
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select coalesce(array_agg(city.city_code), '{}')
    from province.city as city
    where
        exists (select from province.reader where reader.login_name = session_user)
        or has_database_privilege(
            session_user, (select pg_database.oid from pg_database where pg_database.datname = city.database_name), 'connect'
        )
$$;
comment on function province.cities_of_session is 'The cities that the login of the session sees in the database of a province: all if it is a reader of the province, else those to whose own database it may connect';
revoke all on function province.cities_of_session from public;
grant execute on function province.cities_of_session to lachan_analyst, lachan_reporter, lachan_publisher;

create or replace view province.figure with (security_barrier) as
select
    figure.city_code, city.name_vi as city_name_vi, figure.figure_id,
    figure.indicator_key, figure.label_vi, figure.unit, figure.measure,
    figure.window_key, figure.window_kind, figure.window_basis, figure.window_label_vi,
    figure.window_starts_on, figure.window_ends_on, figure.is_complete, figure.days_missing,
    figure.breakdown_dim, figure.breakdown_value, figure.breakdown_label_vi,
    case when shown.is_shown then figure.numerator end as numerator,
    case when shown.is_shown then figure.denominator end as denominator,
    case when shown.is_shown then figure.value end as value,
    case when figure.is_hidden then 'hidden' else 'shown' end as shown_as,
    figure.is_additive,
    case when shown.is_shown and shown.has_revisions then figure.revision_no end as revision_no,
    case
        when shown.is_shown then case when shown.has_revisions then figure.published_at else city.published_at end
    end as published_at
from province.stored_figure as figure
inner join province.city on city.city_code = figure.city_code
cross join lateral (
    select
        not figure.is_hidden or reporting.is_cleared() as is_shown,
        not figure.hides_revisions or reporting.is_cleared() as has_revisions
) as shown;

create or replace view province.figure_sum with (security_barrier) as
select
    figure.indicator_key, max(figure.label_vi) as label_vi, max(figure.unit) as unit,
    figure.window_key, figure.breakdown_value, max(figure.breakdown_label_vi) as breakdown_label_vi,
    case
        when
            bool_and(figure.is_additive) and bool_and(figure.is_complete) and count(figure.value) = count(*)
            and count(*) = (select count(*) from province.city)
            then sum(figure.value)
    end as value,
    case
        when not bool_and(figure.is_additive) then 'không cộng được giữa các thành phố'
        when not bool_and(figure.is_complete) or count(*) < (select count(*) from province.city)
            then 'chưa đủ: ' || (
                select string_agg(city.name_vi, ', ' order by city.city_code)
                from province.city
                where city.city_code <> all(array_agg(figure.city_code) filter (where figure.is_complete))
                    or bool_or(figure.is_complete) is not true
            )
        when count(figure.value) < count(*) then 'có số liệu nhỏ không công bố'
    end as no_sum_vi
from province.figure as figure
group by figure.indicator_key, figure.window_key, figure.breakdown_value;

create or replace view province.city_state with (security_barrier) as
select city_code, name_vi, published_at, collected_at, tried_at, error is not null as is_away
from province.city
where city_code = any((select province.cities_of_session())::text[]);

comment on view province.figure is 'One row is one figure of one city as it has published it: an indicator, a window of a week or more, the whole city or one part of its breakdown. Numbers that the city hides are empty for readers who are not cleared';
comment on view province.figure_sum is 'One row is one indicator, window and part: the sum over all cities, where the windows of all are complete and nothing is hidden; otherwise the reason';
comment on view province.city_state is 'One row is one city: when it published what is collected, and when that was collected';

grant select on province.figure, province.figure_sum, province.city_state to lachan_analyst, lachan_reporter;
