# What the gateway tells of itself: formats, exactness, alerts and dashboards.
# Debian's own Python, for which its packages are.

MONITOR_PYTHON := VFS_BUILD='$(abspath $(BUILD))' /usr/bin/python3 -B

TESTS += test-monitor

# The expiry of reports is a minute of waiting, meanwhile the others run.
.PHONY: test-monitor
test-monitor: build-all
	@$(MONITOR_PYTHON) t/monitor/test_expiry.py & expiry=$$!; failed=0; \
	for suite in formats openapi counts alerts health stream; do \
	    echo "# t/monitor/test_$$suite.py"; \
	    $(MONITOR_PYTHON) t/monitor/test_$$suite.py || failed=1; \
	done; \
	wait $$expiry && exit $$failed
