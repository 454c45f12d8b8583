-- Ca tuần tra nào có trong kế hoạch mà không thực hiện?
-- Which patrols were planned and not performed?
--
-- By the planned day. status distinguishes cancelled shifts, shifts without an entered result (planned), and shifts
-- entered as performed but without an actual start. The file and the line show the source of each row.
select
    shift.planned_on, ward.ward_name, shift.patrol_type, shift.status, shift.shift_id,
    file.path, shift.line_no
from marts.fct_patrol_shift as shift
inner join marts.dim_ward as ward on ward.ward_key = shift.ward_key
inner join ops.export_file as file on file.file_id = shift.file_id
where not shift.is_performed
  and shift.planned_on between '2024-01-01' and '2024-12-31'
order by shift.planned_on, ward.ward_name, shift.shift_id;
