-- What was handed out of one window, the newest first; of no window: the letters.
select
    handout.handed_out_at,
    handout.handed_out_by,
    handout.document,
    handout.file_kind,
    handout.window_key,
    handout.ward_key,
    handout.agency,
    handout.as_of,
    handout.publication_id,
    handout.{% if is_cleared %}sha256{% else %}open_sha256{% endif %} as sha256,
    {% if window is none %}null{% else %}
    (select area.ward_name from reporting.figure_area as area where area.ward_key = handout.ward_key)
    {% endif %} as area
from reporting.handout as handout
where handout.document = {% if window is none %}'letter'{% else %}'report' and handout.window_key = {{ window }}{% endif %}

order by handout.handout_no desc
limit 500
