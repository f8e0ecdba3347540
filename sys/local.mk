# SPDX-License-Identifier: MIT
# The floor: the kernel as C, for the programs that have no libc.
noinst_LIBRARIES += sys/libsys.a sys/libstart.a

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
sys_sources = \
	sys/capability.c \
	sys/clock.c \
	sys/fd.c \
	sys/folder.c \
	sys/message.c \
	sys/reap.c \
	sys/stamp.c
sys_libsys_a_SOURCES = $(sys_headers) $(sys_sources)
sys_libsys_a_CFLAGS = $(freestanding_cflags)

# For whole_objects; no archive is made of them.
EXTRA_LIBRARIES += sys/libwhole.a
sys_libwhole_a_SOURCES = $(sys_sources)
sys_libwhole_a_CFLAGS = $(whole_cflags)

# What the kernel and the compiler call by name is never compiled as a whole.
sys_libstart_a_SOURCES = \
	sys/memory.c \
	sys/start.c
sys_libstart_a_CFLAGS = $(freestanding_cflags) $(MEMORY_CFLAGS)
