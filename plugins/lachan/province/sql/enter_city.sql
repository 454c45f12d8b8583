insert into province.city (city_code, name_vi, database_name, tried_at)
values ({{ city.code }}, {{ city.name_vi }}, {{ database }}, clock_timestamp())
on conflict (city_code) do update set name_vi = excluded.name_vi, database_name = excluded.database_name
