-- A city that could not be read keeps what was collected of it before.
update province.city
set tried_at = clock_timestamp(), error = {{ error }}
where city_code = {{ city_code }}
