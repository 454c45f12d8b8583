"""The DAG `maintain` on Airflow's own database: old runs go, and what a running Airflow needs stays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2
import pytest
from lachan.local import postgres
from lachan.local.airflow_database import NAME
from lachan.settings import Settings

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

pytestmark = pytest.mark.proof

COUNTS = "select (select count(*) from dag_run), (select count(*) from task_instance), (select count(*) from log)"
AGED = """
update dag_run set start_date = start_date - interval '1 year' where run_id <> %s;
update task_instance set start_date = start_date - interval '1 year' where run_id <> %s;
insert into log (dttm, dag_id, event, owner, extra)
select now() - n * interval '1 day', 'build', 'e', 'o', repeat('x', 200) from generate_series(1, 3650) as n;
create table _airflow_deleted__log__left_by_a_killed_run as select * from log limit 10
"""


def test_old_runs_of_airflow_go_and_the_last_run_of_each_dag_stays(
    dagbag: DagBag, airflow_home: Path, warehouse: Settings
) -> None:
    connection = psycopg2.connect(postgres.dsn(airflow_home, NAME, NAME))
    connection.autocommit = True
    cursor = connection.cursor()
    for _ in range(2):
        assert str(dagbag.dags["maintain"].test().state) == "success"
    cursor.execute("select run_id from dag_run order by id desc limit 1")
    [(last,)] = cursor.fetchall()
    cursor.execute(AGED, (last, last))
    cursor.execute(COUNTS)
    [(runs, tasks, logs)] = cursor.fetchall()
    assert runs >= 2 and tasks >= 2 and logs >= 3650
    run = dagbag.dags["maintain"].test()
    assert str(run.state) == "success"
    cursor.execute("select count(*) from dag_run where dag_id = 'maintain'")
    assert cursor.fetchall() == [(2,)], "the last run before, and this one"
    cursor.execute("select count(*) from log where dttm < now() - interval '91 days'")
    assert cursor.fetchall() == [(0,)]
    cursor.execute("select relname from pg_class where relname like '\\_airflow\\_deleted%'")
    assert cursor.fetchall() == [], "the copy that a killed run has left is gone too"
    with psycopg2.connect(warehouse.dsn) as told, told.cursor() as cursor:
        cursor.execute("select run_id like 'maintain.%%', item_count from ops.removal where thing = 'airflow database'")
        [(by_dag, items)] = cursor.fetchall()
        assert by_dag and items >= 3560
    connection.close()
