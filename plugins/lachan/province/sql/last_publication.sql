select publication_id, published_at from reporting.publication order by publication_id desc limit 1
