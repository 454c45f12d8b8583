-- Lines name an item, its day and its ward, so they would reveal every small count, of large figures too. For indicators with
-- small counts, readers who are not cleared get the deliveries of the window instead, whether they add to the figure or not.
--
-- In plpgsql, because the function is created before the marts: their names are resolved only when it runs.
create or replace function reporting.trace(figure_id text)
returns table (
    indicator_key text, feed text, item_key text, counts_from date, counts_to date, ward_key text, breakdown_value text,
    numerator bigint, denominator bigint, path text, line_no bigint, file_id bigint, loaded_at timestamptz
)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    traced record;
begin
    select f.*, i.count_rule, i.feed, w.as_of into traced
    from reporting.figure as f
    inner join reference.indicators as i on i.indicator_key = f.indicator_key
    inner join marts.dim_reporting_window as w on w.window_key = f.window_key
    where f.figure_id = trace.figure_id;
    if not found then
        raise exception 'no figure % is published', trace.figure_id
            using hint = 'look it up in reporting.figure; a withdrawn one is in reporting.figure_revision';
    end if;
    if not reporting.is_cleared() and not exists (
        select from reporting.small_count_rule as rule
        where rule.indicator_key = traced.indicator_key and not rule.hides_small_counts
    ) then
        return query
        select
            traced.indicator_key, traced.feed, null::text, traced.window_starts_on, traced.window_ends_on, traced.ward_key,
            traced.breakdown_value, null::bigint, null::bigint, delivery.path, null::bigint, delivery.file_id, file.loaded_at
        from ops.delivery_in_force as delivery
        inner join ops.export_file as file on file.file_id = delivery.file_id
        where delivery.feed = traced.feed and delivery.export_date between traced.window_starts_on and traced.window_ends_on
        order by delivery.export_date, delivery.file_id;
        return;
    end if;
    return query
    with evidence as (
        select
            c.*,
            -- of several rows for one distinct item, only the first counts
            case when traced.count_rule = 'sum' then 1 when c.numerator = 0 then 0
                else (row_number() over (partition by c.item_key, c.numerator <> 0 order by c.first_day, c.file_id, c.line_no) = 1)::int
            end as counts_in_numerator,
            case when traced.count_rule = 'sum' then 1 when c.denominator = 0 then 0
                else (row_number() over (partition by c.item_key, c.denominator <> 0 order by c.first_day, c.file_id, c.line_no) = 1)::int
            end as counts_in_denominator
        from marts.counted_item as c
        where c.indicator_key = traced.indicator_key and c.feed in (traced.feed, 'ward') -- the feeds are filtered so that no other rows are read
            and (traced.breakdown_value = 'total' or c.breakdown_value = traced.breakdown_value)
            and (
                traced.ward_key = 'city'
                or (traced.ward_basis = 'as_was' and c.ward_key = traced.ward_key)
                or (traced.ward_basis = 'recast' and c.ward_key in (
                    select r.ward_key from marts.ward_recast as r where r.recast_ward_key = traced.ward_key
                ))
            )
            and case
                when c.measure = 'flow' then c.first_day between traced.window_starts_on and traced.window_ends_on
                else traced.as_of between c.first_day and c.last_day
            end
    )
    select
        evidence.indicator_key, evidence.feed, evidence.item_key, evidence.first_day, evidence.last_day,
        evidence.ward_key, evidence.breakdown_value,
        evidence.numerator * evidence.counts_in_numerator,
        case when traced.denominator is not null then evidence.denominator * evidence.counts_in_denominator end,
        coalesce(
            -- names of files are for analysts; reporters see the number in the ledger
            case when pg_has_role(session_user, 'lachan_analyst', 'member') then file.path else 'tệp ' || file.file_id end,
            case when evidence.feed = 'ward' then 'ward.csv' end
        ),
        evidence.line_no, evidence.file_id, file.loaded_at
    from evidence
    left join ops.export_file as file on file.file_id = evidence.file_id
    order by evidence.first_day, evidence.item_key, evidence.file_id, evidence.line_no;
end $$;
comment on function reporting.trace is 'Source lines of a published figure: their numerators and denominators add up to those of the figure. A line for an item that another line already counts has 0. A ward from the seed ward and a delivery have no line number, an export that did not come has no path. Of indicators with small counts, readers who are not cleared get the deliveries of the window, without items';
revoke all on function reporting.trace from public;
grant execute on function reporting.trace to lachan_analyst, lachan_reporter;
