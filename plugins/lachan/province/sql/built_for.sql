-- The city whose registers the marts were built with.
select city_code from reference.city
