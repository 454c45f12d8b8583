select
    project_files,
    ledger_state = ({% include "transform/sql/ledger_state.sql" %}),
    not exists (select from ops.unpublished_window)
    and not exists (
        select
        from ops.delivery_in_force as wanted
        full join (select distinct file_id from ops.published_delivery) as published on published.file_id = wanted.file_id
        where wanted.file_id is null or published.file_id is null
    )
from ops.complete_build
