# SPDX-License-Identifier: MIT
# The floor: the kernel as C, for the programs that have no libc.
noinst_LIBRARIES += sys/libsys.a

sys_headers = \
	sys/arch-aarch64.h \
	sys/arch-riscv64.h \
	sys/arch-x86_64.h \
	sys/arch.h \
	sys/call.h \
	sys/capability.h \
	sys/clock.h \
	sys/fd.h \
	sys/folder.h \
	sys/kernel.h \
	sys/memory.h \
	sys/message.h \
	sys/reap.h \
	sys/stamp.h \
	sys/start.h
sys_libsys_a_SOURCES = \
	$(sys_headers) \
	sys/capability.c \
	sys/clock.c \
	sys/fd.c \
	sys/folder.c \
	sys/memory.c \
	sys/message.c \
	sys/reap.c \
	sys/stamp.c \
	sys/start.c
sys_libsys_a_CFLAGS = $(freestanding_cflags) $(MEMORY_CFLAGS)
