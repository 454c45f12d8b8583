-- Whose rows the views of `province` see, and that the collection sees all. Safe to run again at any time.
drop policy if exists cities_of_session on province.city;
drop policy if exists cities_of_session on province.stored_figure;
drop policy if exists collected on province.city;
drop policy if exists collected on province.stored_figure;
create policy cities_of_session on province.city for select to lachan_definer using (true); -- their names are no secret
create policy cities_of_session on province.stored_figure for select to lachan_definer
using (city_code = any((select province.cities_of_session())::text[]));
create policy collected on province.city to lachan_publisher using (true) with check (true);
create policy collected on province.stored_figure to lachan_publisher using (true) with check (true);
