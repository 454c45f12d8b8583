"""Everything that a warehouse holds and allows, to compare it with another one: rows, rights, roles, settings."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg2
from psycopg2 import sql

RELATIONS = """
select relation.relnamespace::regnamespace::text, relation.relname::text
from pg_class as relation
where relation.relnamespace::regnamespace::text !~ '^(pg_|information_schema)' and relation.relkind = any(%s)
order by 1, 2
"""
ROWS = """
select count(*), md5(string_agg(row(each.*)::text, chr(10) order by row(each.*)::text collate "C")) from {}.{} as each
"""
CATALOG = {
    "rights on relations": """
        select oid::regclass::text, relowner::regrole::text, array(select unnest(coalesce(relacl,
            acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner)))::text order by 1)
        from pg_class where relkind in ('r', 'p', 'v', 'S') and (oid = 'pg_authid'::regclass
            or relnamespace::regnamespace::text !~ '^(pg_|information_schema)')""",
    "rights on columns": """
        select attrelid::regclass::text, attname::text, array(select unnest(attacl)::text order by 1)
        from pg_attribute where attacl is not null""",
    "rights on functions": """
        select oid::regprocedure::text, proowner::regrole::text, prosecdef, proconfig::text, array(select
            unnest(coalesce(proacl, acldefault('f', proowner)))::text order by 1) from pg_proc""",
    "rights on schemas": """
        select nspname::text, nspowner::regrole::text, array(select
            unnest(coalesce(nspacl, acldefault('n', nspowner)))::text order by 1)
        from pg_namespace where nspname !~ '^pg_t'""",
    "rights on databases": """
        select datname::text, datdba::regrole::text, array(select
            unnest(coalesce(datacl, acldefault('d', datdba)))::text order by 1)
        from pg_database where datname in (current_database(), 'airflow')""",
    "rights of new objects": """
        select defaclrole::regrole::text, defaclnamespace::regnamespace::text, defaclobjtype::text,
            array(select unnest(defaclacl)::text order by 1) from pg_default_acl""",
    "policies": "select * from pg_policies",
    "row security": "select oid::regclass::text, relforcerowsecurity from pg_class where relrowsecurity",
    "roles": """
        select rolname::text, rolinherit, rolcanlogin, rolcreaterole, rolbypassrls, rolconnlimit, rolpassword,
            shobj_description(oid, 'pg_authid') from pg_authid where not rolsuper and rolname !~ '^pg_'""",
    "memberships": """
        select roleid::regrole::text, member::regrole::text, admin_option, inherit_option, set_option
        from pg_auth_members where member::regrole::text !~ '^(lachan$|pg_)'""",
    "settings": """
        select setdatabase = 0, case setrole when 0 then '' else setrole::regrole::text end,
            array(select unnest(setconfig) order by 1) from pg_db_role_setting
        where setdatabase in (0, (select oid from pg_database where datname = current_database()))""",
    "constraints": "select conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) from pg_constraint",
    "indexes": """
        select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index where indexrelid >= 16384
            and indrelid::regclass::text !~ '^pg_toast'""",
    "sequences": "select schemaname, sequencename, last_value, increment_by, data_type::text from pg_sequences",
    "triggers": "select tgrelid::regclass::text, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal",
    "comments": """
        select pg_describe_object(classoid, objoid, objsubid), description from pg_description
        where objoid >= 16384""",
}


def whole_state(dsn: str, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """Count and hash of the rows of each table and view, and each line of the catalogues of rights and roles."""
    state: dict[str, Any] = {}
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("set local search_path to pg_catalog; set local timezone to 'UTC'")
        cursor.execute(RELATIONS, (["r", "v"],))
        for schema, name in cursor.fetchall():
            if f"{schema}.{name}" not in but:
                cursor.execute(sql.SQL(ROWS).format(sql.Identifier(schema), sql.Identifier(name)))
                state[f"{schema}.{name}"] = cursor.fetchone()
        for what, query in CATALOG.items():
            cursor.execute(query)
            state[what] = sorted(map(repr, cursor.fetchall()))
    return state
