# Style: "format" lays out C and C++ in place, "lint" checks everything and is
# silent when all is well.

LINT_PACKAGES := clang-format cppcheck nodejs:node perl python3 shellcheck

.PHONY: format
format:
	@sh packages.sh $(LINT_PACKAGES)
	t/style/format $$(git ls-files '*.c' '*.h' '*.cc')

.PHONY: lint
lint:
	@sh packages.sh $(LINT_PACKAGES)
	@t/style/lint

TESTS += test-style

.PHONY: test-style
test-style:
	prove t/style/self.t
