-- Đầu mối nào gửi số liệu muộn, thiếu hoặc phải sửa, theo tháng?
-- Which agencies deliver late, not at all, or have to correct, by month?
--
-- Feeds whose exports all came in time and needed no correction are left out. An export that is held or could not be
-- read counts as not available. For single days: select * from marts.expected_export.
select
    month, agency, feed, exports_expected, exports_late, days_late_median, days_late_worst,
    exports_missing + exports_held + exports_rejected as exports_not_available,
    exports_corrected, days_until_corrected_median, rows_quarantined
from marts.delivery_discipline
where month between '2024-01-01' and '2024-12-01'
  and (exports_on_time < exports_expected or exports_corrected > 0 or rows_quarantined > 0)
order by month, exports_not_available desc, exports_late desc, agency, feed;
