-- Whether a build has something to do: a delivery came into force, or left it, since staging was built.
select exists(
    select
    from (select file_id from ops.delivery where standing = 'accepted') as wanted
    full join ops.applied_delivery as applied on applied.file_id = wanted.file_id
    where wanted.file_id is null or applied.file_id is null
)
