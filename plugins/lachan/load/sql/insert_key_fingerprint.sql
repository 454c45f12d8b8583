insert into ops.pseudonym_key (fingerprint, found_at)
values ({{ fingerprint }}, {{ place }})
on conflict do nothing
