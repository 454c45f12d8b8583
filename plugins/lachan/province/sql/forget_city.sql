delete from province.stored_figure where city_code = {{ city_code }};
delete from province.city where city_code = {{ city_code }}
