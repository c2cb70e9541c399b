"""The same rows into the same table by Python's sqlite3: python3 insert-alone.py DATABASE BODIES ROWS ROWS_PER_COMMIT"""

import sqlite3
import sys
import time

path, bodies_file, rows, per_commit = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with open(bodies_file, encoding="utf-8") as lines:
    bodies = lines.read().splitlines()

database = sqlite3.connect(path, isolation_level=None)
database.execute("pragma journal_mode = wal")
database.execute("pragma synchronous = full")
database.execute("pragma wal_autocheckpoint = 4000")
database.execute(
    """create table record (id integer primary key, mark_id integer not null, seq integer not null, kind text not null,
    at integer not null, received_at integer not null, committed_at integer not null, address text, offset_ms integer,
    body text not null)"""
)
insert = """insert into record (mark_id, seq, kind, at, received_at, committed_at, address, offset_ms, body)
values (?, ?, 'punch', 1795395598120, 1795395598123, 1795395598125, '127.0.0.1', 3, ?)"""
began = time.perf_counter()
for done in range(0, rows, per_commit):
    database.execute("begin immediate")
    database.executemany(insert, ((1, done + n, bodies[n % len(bodies)]) for n in range(per_commit)))
    database.execute("commit")
print(rows / (time.perf_counter() - began))
