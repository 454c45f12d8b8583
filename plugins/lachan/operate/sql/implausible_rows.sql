select
    feed, agency, count(*) as row_count,
    (array_agg(item_key || ', ' || column_name || ' ' || day order by abs(days_after_export) desc))[1] as example
from marts.implausible_row
group by feed, agency
order by feed
