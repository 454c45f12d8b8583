-- Rights on the tables of `province`, and whose rows the views on them see. Safe to run again at any time.
grant usage on schema province to lachan_analyst, lachan_reporter, lachan_publisher, lachan_definer;
grant select on province.city, province.stored_figure, province.reader to lachan_definer;
grant select, insert, update on province.city to lachan_publisher;
grant select, insert, update, delete on province.stored_figure to lachan_publisher;
