-- Từ khi yêu cầu đến khi bàn giao dữ liệu camera mất bao lâu (trung vị, phân vị 90), theo đơn vị yêu cầu?
-- How long from request to extraction (median and 90th percentile), by requesting unit?
--
-- Hours from request to delivery, without repeats. The number of extractions is included, because a percentile of only a
-- few of them is not meaningful.
select
    coalesce(requesting_unit, 'Không rõ') as requesting_unit,
    count(*) as extractions,
    round((percentile_cont(0.5) within group (order by hours))::numeric, 1) as median_hours,
    round((percentile_cont(0.9) within group (order by hours))::numeric, 1) as p90_hours
from (
    select requesting_unit, extract(epoch from completed_at - requested_at) / 3600 as hours
    from marts.fct_camera_extraction
    where is_counted and completed_on between '2024-01-01' and '2024-12-31'
) as delivered
group by coalesce(requesting_unit, 'Không rõ')
order by median_hours desc, requesting_unit;
