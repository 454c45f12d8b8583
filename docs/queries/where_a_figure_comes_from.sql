-- Con số này từ đâu ra?
-- Where does this figure come from?
--
-- One row per counted item, with its file and line; the numerators add up to the figure. If you have the id of the
-- figure: select * from reporting.trace('<figure_id>').
select traced.item_key, traced.counts_from, traced.ward_key, traced.numerator, traced.path, traced.line_no
from reporting.figure as figure
cross join lateral reporting.trace(figure.figure_id) as traced
where figure.indicator_key = 'tips_valuable'
  and figure.window_key = 'calendar_year@2024-01-01'
  and figure.ward_key = 'city'
  and figure.breakdown_dim = 'total'
order by traced.counts_from, traced.item_key;
