delete from province.reader where login_name = {{ login_name }}
