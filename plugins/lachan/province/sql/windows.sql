select distinct window_key, window_kind, window_basis, window_label_vi, window_starts_on, window_ends_on
from province.figure
order by window_ends_on desc, window_starts_on
