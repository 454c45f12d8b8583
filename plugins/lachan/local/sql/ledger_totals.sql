select feed,
    count(*) filter (where status = 'loaded'),
    count(*) filter (where status = 'duplicate'),
    count(*) filter (where status = 'rejected'),
    coalesce(sum(rows_read), 0)::bigint,
    coalesce(sum(rows_loaded), 0)::bigint,
    coalesce(sum(rows_quarantined), 0)::bigint,
    coalesce(sum(rows_duplicate), 0)::bigint,
    count(*) filter (where gate = 'held'),
    count(*) filter (where gate = 'pending')
from ops.export_file group by feed order by feed
