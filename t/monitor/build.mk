# What the gateway tells of itself: formats, exactness, alerts and dashboards.
# Debian's own Python, for which its packages are.

MONITOR_PYTHON := VFS_BUILD='$(abspath $(BUILD))' /usr/bin/python3 -B

TESTS += test-monitor

.PHONY: test-monitor
test-monitor: build-all
	$(MONITOR_PYTHON) t/monitor/test_formats.py
	$(MONITOR_PYTHON) t/monitor/test_counts.py
	$(MONITOR_PYTHON) t/monitor/test_alerts.py
	$(MONITOR_PYTHON) t/monitor/test_health.py
	$(MONITOR_PYTHON) t/monitor/test_stream.py
