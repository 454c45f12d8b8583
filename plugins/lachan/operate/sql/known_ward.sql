select
    ward_code,
    ward_full_name
from reporting.known_wards()
where ward_key = {{ ward }}
