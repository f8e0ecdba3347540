# SPDX-License-Identifier: MIT
# The floor: the kernel as C, for the programs that have no libc.
noinst_LIBRARIES += sys/libsys.a

sys_headers = \
	sys/arch-aarch64.h \
	sys/arch-riscv64.h \
	sys/arch-x86_64.h \
	sys/arch.h \
	sys/call.h \
	sys/fd.h \
	sys/kernel.h \
	sys/memory.h \
	sys/message.h \
	sys/start.h \
	sys/time.h \
	sys/wait.h
sys_libsys_a_SOURCES = \
	$(sys_headers) \
	sys/fd.c \
	sys/memory.c \
	sys/message.c \
	sys/start.c \
	sys/time.c \
	sys/wait.c
sys_libsys_a_CFLAGS = $(freestanding_cflags) $(MEMORY_CFLAGS)
