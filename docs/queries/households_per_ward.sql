-- Tổ liên gia an toàn phòng cháy, chữa cháy có bao nhiêu hộ tham gia ở từng phường, xã?
-- How many households do inter-family fire-safety groups reach in each ward?
--
-- Groups in force on the chosen day. A household in two groups counts twice, because the register has no addresses.
-- Groups that report no number of households add nothing to the sum; groups_without_number counts them.
select
    ward.ward_name,
    count(*) as groups,
    sum(point.households) as households,
    count(*) filter (where point.households is null) as groups_without_number
from marts.dim_fire_safety_point as point
inner join marts.dim_ward as ward on ward.ward_key = point.ward_key
where point.fire_safety_kind = 'interfamily_group'
  and date '2024-12-31' between point.in_force_from and coalesce(point.in_force_to, 'infinity')
group by ward.ward_name
order by households desc nulls last, ward.ward_name;
