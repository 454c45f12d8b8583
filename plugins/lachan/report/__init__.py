"""Reports as files: DOCX in the layout of Nghị định 30/2020, XLSX and CSV, out of what is published."""
