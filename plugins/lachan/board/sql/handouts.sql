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
    handout.sha256,
    {% if window is none %}null{% else %}
    (
        select max(series.ward_name) from reporting.figure_series as series
        where series.ward_key = handout.ward_key and series.ward_basis = 'as_was'
    )
    {% endif %} as area
from reporting.handout as handout
where handout.document = {% if window is none %}'letter'{% else %}'report' and handout.window_key = {{ window }}{% endif %}

order by handout.handout_no desc
limit 500
