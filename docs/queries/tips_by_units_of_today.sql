-- Số tin tiếp nhận từng năm, quy về các phường hiện nay?
-- Tips received each year, recast to today's units?
--
-- The tips of a unit that was merged as a whole into one unit of today count for that unit. The tips of divided units are
-- shown separately as "split", because no weights for a division are published. Any fact can be recast in the same way
-- by its ward_key.
select
    extract(year from tip.received_on)::integer as year,
    recast.recast_ward_name,
    count(*) as tips_received
from marts.fct_tip as tip
inner join marts.ward_recast as recast on recast.ward_key = tip.ward_key
where tip.is_received
group by extract(year from tip.received_on), recast.recast_ward_name
order by year, tips_received desc, recast.recast_ward_name;
