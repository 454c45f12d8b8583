"""Từ điển số liệu: every table and column with its meaning, from the comments in the database."""

from __future__ import annotations

from typing import Any

from lachan.board.errors import NotThere
from lachan.board.request import Asked, Page
from lachan.board.tables import Column, Table

SCHEMAS = ("reporting", "marts", "reference", "staging", "ops")


def view(asked: Asked) -> Page:
    """All tables with their grain; of the table `bang` its columns. Raises NotThere for an unknown table."""
    columns = asked.queries.rows("transform/described_columns", schemas=list(SCHEMAS))
    tables: dict[str, dict[str, Any]] = {}
    for row in columns:
        name = f"{row['schema_name']}.{row['table_name']}"
        tables.setdefault(name, {"name": name, "grain": row["table_comment"], "columns": []})["columns"].append(row)
    name = asked.text("bang")
    if not name:
        for table in tables.values():
            table["count"] = len(table["columns"])
            table["page"] = asked.link("/tu-dien", bang=table["name"])
        return Page("tables.html", "Từ điển số liệu", {}, [Table("bang", "Các bảng", _TABLES, list(tables.values()))])
    if name not in tables:
        raise NotThere(f"Không có bảng “{name[:80]}”; trang Từ điển số liệu liệt kê mọi bảng.")
    values = {"grain": tables[name]["grain"]}
    return Page("dictionary.html", name, values, [Table("cot", "Các cột", _COLUMNS, tables[name]["columns"])])


_TABLES = (
    Column("name", "Bảng", link="page"),
    Column("grain", "Mỗi dòng là"),
    Column("count", "Cột", "number"),
)
_COLUMNS = (
    Column("column_name", "Cột"),
    Column("column_type", "Kiểu"),
    Column("column_comment", "Ý nghĩa"),
)
