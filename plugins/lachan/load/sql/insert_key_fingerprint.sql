insert into ops.pseudonym_key (number, fingerprint, found_at)
values ({{ number }}, {{ fingerprint }}, {{ place }})
on conflict (number) do nothing
