-- The wards that have figures, by name; a reader of a ward finds only its own.
select distinct
    ward_key,
    ward_code,
    ward_name
from {% if is_ward %}reporting.ward_figure{% else %}reporting.figure_area{% endif %}

where ward_code is not null{% if is_ward %} and ward_basis = 'as_was'{% endif %}

order by ward_name, ward_key
