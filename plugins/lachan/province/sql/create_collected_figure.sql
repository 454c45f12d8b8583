create temporary table collected_figure (like province.stored_figure excluding all) on commit drop;
alter table collected_figure drop column city_code, drop column is_additive
