"""A model from a training set of vfs-train join --format npy.

    vfs-train join --labels labels.csv --id customer --time invoice_time \\
        --by event-time --format npy --output set
    python3 training_example.py set

labels.csv has the columns customer, invoice_time and amount.  The model
predicts from the customer's vector, as serving would have answered it right
before the invoice, how much the invoice is worth: ridge regression.
"""

import csv
import sys

import numpy

name = sys.argv[1]

x = numpy.load(name + ".npy")           # one row for each label, in its order
ids = numpy.load(name + ".ids.npy")

with open(name + ".csv", newline="") as file:
    rows = list(csv.DictReader(file))   # the label's columns, and vfs_*

assert len(x) == len(ids) == len(rows)

# Rows without a vector (new customers) are NaN.  Rows of which the vector may
# not be what serving had (open, gap, future) are left out.
status = numpy.array([row["vfs_status"] for row in rows])
known = status == "ok"
absent = numpy.isin(status, ["none", "deleted", "stale"])
assert numpy.isnan(x[absent]).all() and numpy.isfinite(x[known]).all()

# One definition: another one would be another space.
assert len({row["vfs_definition"] for row in rows if row["vfs_status"] == "ok"
            }) == 1

# Nothing of the label's own invoice or later is in its vector.
assert all(int(row["vfs_age_ms"]) > 0 for row in rows
           if row["vfs_status"] == "ok")

amount = numpy.array([float(row["amount"]) for row in rows])
y = numpy.log1p(numpy.abs(amount[known]))
x = numpy.hstack([x[known].astype("f8"), numpy.ones((known.sum(), 1))])

weights = numpy.linalg.solve(x.T @ x + 0.1 * numpy.eye(x.shape[1]), x.T @ y)
error = numpy.sqrt(numpy.mean((x @ weights - y) ** 2))

print("%d labels, %d with a vector of %d dimensions; error %.3f, of the mean "
      "alone %.3f" % (len(rows), len(y), x.shape[1] - 1, error, y.std()))
