-- Whether a delivery came into force, or left it, since the last publication. A build or an audit that broke off in between
-- leaves published_delivery as it was.
select exists(
    select
    from (select file_id from ops.delivery where standing = 'accepted') as wanted
    full join (select distinct file_id from ops.published_delivery) as published on published.file_id = wanted.file_id
    where wanted.file_id is null or published.file_id is null
)
