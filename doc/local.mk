# SPDX-License-Identifier: MIT
# Manual pages, and why things are as they are.
dist_man_MANS = \
	doc/conctl.1 \
	doc/connate.8

EXTRA_DIST += \
	doc/why/0001-two-processes.md \
	doc/why/0002-no-libc-no-heap.md \
	doc/why/0003-answers-in-the-ledger.md \
	doc/why/0004-one-word-per-transition.md \
	doc/why/0005-configuration-is-c.md
