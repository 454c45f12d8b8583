-- An extraction delivered without a time of delivery counts on no day. Ask the camera room for the time.
{{ config(severity='warn', tags=['daily']) }}
select extraction_id, file_id, line_no
from {{ ref('fct_camera_extraction') }}
where result = 'delivered' and not is_delivered
