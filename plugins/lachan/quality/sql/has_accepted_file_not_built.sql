select exists(
    select from ops.export_file as file
    where
        file.gate = 'accepted'
        and not exists (select from staging.taken_file as taken where taken.file_id = file.file_id)
)
