-- Từ một ngày đến nay, số liệu đã công bố nào thay đổi?
-- What changed in the published figures since a date?
--
-- The city's figures for windows of a month or longer; remove the condition on ward_key to include wards. Late and
-- corrected exports change figures, and every change is recorded. New figures and changes of labels only are left out.
-- For all figures as published on a day: select * from reporting.figure_as_of('2024-12-31').
select changed_at, label_vi, breakdown_label_vi, window_label_vi, old_value, new_value, why, figure_id, revision_no
from reporting.figure_revision
where changed_at >= timestamptz '2024-01-01'
  and change <> 'new'
  and old_value is distinct from new_value
  and ward_key = 'city'
  and window_kind not in ('day', 'week')
order by changed_at, label_vi, window_starts_on, window_label_vi, breakdown_label_vi;
