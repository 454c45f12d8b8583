-- Từ một ngày đến nay, số liệu đã công bố nào thay đổi?
-- What changed in the published figures since a date?
--
-- The city's figures of a month or longer; take the ward_key line away for wards. A late or corrected export changes
-- figures, and each change is kept. What was new then, or only got another label, is left out. The whole report as it
-- stood: select * from reporting.figure_as_of('2024-12-31').
select changed_at, label_vi, breakdown_label_vi, window_label_vi, old_value, new_value, why, figure_id, revision_no
from reporting.figure_revision
where changed_at >= timestamptz '2024-01-01'
  and change <> 'new'
  and old_value is distinct from new_value
  and ward_key = 'city'
  and window_kind not in ('day', 'week')
order by changed_at, label_vi, window_starts_on, window_label_vi, breakdown_label_vi;
