"""One module per page: it reads its parameters, runs its queries, and returns what its template shows."""
