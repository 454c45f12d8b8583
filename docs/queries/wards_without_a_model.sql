-- Phường, xã nào chưa có mô hình camera giám sát an ninh trật tự, và độ phủ là bao nhiêu?
-- Which wards have no site of the camera model yet, and what is the coverage?
--
-- The denominator is the number of wards in the register on the chosen day (34 in 2024, 47 in the first half of 2025, 7
-- later); the numerator is the number of wards with a site in force on that day. For other kinds of models see
-- reference.model_kind.
with ward as (
    select ward_key, ward_name
    from marts.dim_ward
    where is_in_city and date '2024-12-31' between valid_from and coalesce(valid_to, 'infinity')
),

site as (
    select point.ward_key, count(*) as sites
    from marts.dim_model_point as point
    inner join marts.dim_model as model
        on model.model_id = point.model_id
        and date '2024-12-31' between model.in_force_from and coalesce(model.in_force_to, 'infinity')
    where model.model_kind = 'camera_antt'
      and date '2024-12-31' between point.in_force_from and coalesce(point.in_force_to, 'infinity')
    group by point.ward_key
)

select
    count(site.ward_key) as wards_with,
    count(*) as wards,
    round(count(site.ward_key)::numeric / count(*), 4) as coverage,
    string_agg(ward.ward_name, ', ' order by ward.ward_name) filter (where site.ward_key is null) as wards_without
from ward
left join site on site.ward_key = ward.ward_key;
