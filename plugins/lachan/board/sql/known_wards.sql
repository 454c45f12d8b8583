select * from reporting.known_wards() order by ward_name, valid_from desc
