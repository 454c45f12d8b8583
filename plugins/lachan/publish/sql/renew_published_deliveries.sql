delete from ops.published_delivery as published
using reporting.publication_delivery as changed
where
    changed.publication_id = {{ publication_id }}
    and changed.change in ('retracted', 'replaced', 'removed')
    and published.indicator_group = changed.indicator_group
    and published.file_id = changed.file_id;

insert into ops.published_delivery (indicator_group, file_id)
select indicator_group, file_id
from reporting.publication_delivery
where publication_id = {{ publication_id }} and change not in ('retracted', 'replaced', 'removed')
