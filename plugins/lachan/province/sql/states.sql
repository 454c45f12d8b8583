-- The cities as the login of the session sees them.
select city_code, name_vi, published_at, collected_at, is_away from province.city_state order by city_code
