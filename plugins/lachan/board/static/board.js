// Sorting and filtering of tables, and choices that take effect at once. Pages work without it.
"use strict";

const collator = new Intl.Collator("vi", { numeric: true });

function valueOf(row, column) {
  const cell = row.cells[column];
  const value = cell.dataset.value ?? cell.textContent.trim();
  const isNumber = cell.classList.contains("number") && value !== "" && !Number.isNaN(Number(value));
  return isNumber ? Number(value) : value;
}

function compare(left, right) {
  if (left === "" || right === "") return left === right ? 0 : left === "" ? 1 : -1;
  if (typeof left === "number" && typeof right === "number") return left - right;
  return collator.compare(String(left), String(right));
}

function sortBy(table, column) {
  const head = table.tHead.rows[0].cells[column];
  const ascending = head.getAttribute("aria-sort") !== "ascending";
  for (const cell of table.tHead.rows[0].cells) cell.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => (ascending ? 1 : -1) * compare(valueOf(a, column), valueOf(b, column)));
  table.tBodies[0].append(...rows);
}

for (const table of document.querySelectorAll("table.sortable")) {
  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.textContent = cell.textContent;
    button.addEventListener("click", () => sortBy(table, column));
    cell.replaceChildren(button);
  });
}

const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase();

for (const field of document.querySelectorAll("input.filter")) {
  field.hidden = false;
  const section = field.closest("section");
  field.addEventListener("input", () => {
    const wanted = plain(field.value);
    for (const row of section.querySelectorAll("tbody tr")) row.hidden = !plain(row.textContent).includes(wanted);
  });
}

for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
