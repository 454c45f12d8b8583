-- Camera của phường, xã nào đang hỏng hoặc mất tín hiệu?
-- Which wards' cameras are down?
--
-- As the last register has them: is_last with no valid_to is the state of today. All eyes in the register, also those
-- that belong to no camera model (in_model says which); removed ones are gone. Wards where all work are not here.
select
    ward.ward_name,
    count(*) as cameras,
    count(*) filter (where camera.status = 'broken') as broken,
    count(*) filter (where camera.status = 'offline') as offline,
    string_agg(camera.camera_id, ', ' order by camera.camera_id) filter (where camera.status <> 'operating') as which
from marts.dim_camera as camera
inner join marts.dim_ward as ward on ward.ward_key = camera.ward_key
where camera.is_last and camera.valid_to is null and camera.status <> 'removed'
group by ward.ward_name
having count(*) filter (where camera.status <> 'operating') > 0
order by count(*) filter (where camera.status <> 'operating') desc, ward.ward_name;
