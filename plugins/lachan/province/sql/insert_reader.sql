insert into province.reader (login_name) values ({{ login_name }}) on conflict do nothing
