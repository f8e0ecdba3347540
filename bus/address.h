/* SPDX-License-Identifier: MIT */
/* Addresses of buses. */
#ifndef BUS_ADDRESS_H
#define BUS_ADDRESS_H

#include <linux/un.h>
#include <stdbool.h>
#include <stdint.h>

struct address {
	struct sockaddr_un name;
	uint32_t size;              /* 0: it is none that is understood */
};

const char *address_next(const char *list, struct address *a);
bool address_of_path(struct address *a, const char *folder, const char *file);

#endif
