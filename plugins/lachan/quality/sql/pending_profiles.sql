select profile.*
from ops.batch_profile as profile
inner join ops.export_file as file on file.file_id = profile.file_id
where file.gate = 'pending' and profile.feed = any({{ feed_names }}::text[])
