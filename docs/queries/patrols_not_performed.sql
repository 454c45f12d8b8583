-- Ca tuần tra nào có trong kế hoạch mà không thực hiện?
-- Which patrols were planned and not performed?
--
-- Counted by the planned day. status tells cancelled shifts from those whose result nobody entered (planned) and from
-- those entered as performed without a time of setting out. The file and line say where to ask.
select
    shift.planned_on, ward.ward_name, shift.patrol_type, shift.status, shift.shift_id,
    file.path, shift.line_no
from marts.fct_patrol_shift as shift
inner join marts.dim_ward as ward on ward.ward_key = shift.ward_key
inner join ops.export_file as file on file.file_id = shift.file_id
where not shift.is_performed
  and shift.planned_on between '2024-01-01' and '2024-12-31'
order by shift.planned_on, ward.ward_name, shift.shift_id;
