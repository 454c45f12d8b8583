-- Camera của phường, xã nào đang hỏng hoặc mất tín hiệu?
-- Which wards' cameras are down?
--
-- As listed in the register on the chosen day: all cameras that are not removed, also those that do not count for the
-- camera model (in_model is false). Wards in which all cameras work are left out.
select
    ward.ward_name,
    count(*) as cameras,
    count(*) filter (where camera.status = 'broken') as broken,
    count(*) filter (where camera.status = 'offline') as offline,
    string_agg(camera.camera_id, ', ' order by camera.camera_id) filter (where camera.status <> 'operating') as which
from marts.dim_camera as camera
inner join marts.dim_ward as ward on ward.ward_key = camera.ward_key
where date '2024-12-31' between camera.valid_from and coalesce(camera.valid_to, 'infinity')
  and camera.status <> 'removed'
group by ward.ward_name
having count(*) filter (where camera.status <> 'operating') > 0
order by count(*) filter (where camera.status <> 'operating') desc, ward.ward_name;
