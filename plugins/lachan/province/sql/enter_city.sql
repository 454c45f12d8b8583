-- A city that is asked for, whether or not it can be read. Its database is noted when it has shown whose it is (note_collected.sql),
-- because who may connect to it sees the city here.
insert into province.city (city_code, name_vi, database_name, tried_at)
values ({{ city_code }}, {{ city_code }}, '', clock_timestamp())
on conflict (city_code) do nothing
