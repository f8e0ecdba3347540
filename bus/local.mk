# SPDX-License-Identifier: MIT
# The program connate-bus, installed as bus.
pkglibexec_PROGRAMS += bus/bus

bus_bus_SOURCES = \
	bus/address.c \
	bus/address.h \
	bus/main.c \
	bus/wire.c \
	bus/wire.h
bus_bus_CFLAGS = $(freestanding_cflags)
bus_bus_LDFLAGS = $(FREESTANDING_LDFLAGS)
bus_bus_LDADD = $(freestanding_libs)
