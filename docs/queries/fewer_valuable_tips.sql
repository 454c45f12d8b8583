-- Phường, xã nào có ít tin có giá trị hơn cùng kỳ năm trước?
-- Which wards had fewer valuable tips than in the same window last year?
--
-- No join is needed, because each figure includes the value of the year before. A ward without a base for the comparison
-- is left out; no_base_vi has the reason. Choose another window by its key, for example administrative_year@2023-12-15.
select ward_name, value as tips_valuable, year_before_value, year_change, year_change_percent
from reporting.figure
where indicator_key = 'tips_valuable'
  and window_key = 'calendar_year@2024-01-01'
  and ward_basis = 'as_was' and ward_key <> 'city'
  and breakdown_dim = 'total'
  and year_change < 0
order by year_change, ward_name;
