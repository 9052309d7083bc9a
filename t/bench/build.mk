# The report of the benchmarks, on small ones made for the test.

TESTS += test-report

.PHONY: test-report
test-report:
	/usr/bin/python3 -B t/bench/test_report.py
