/* SPDX-License-Identifier: MIT */
/* Memory and processor time of the processes of each service. */
#ifndef CONCTL_SESSION_USAGE_H
#define CONCTL_SESSION_USAGE_H

#include <stdint.h>

struct usage {
	uint32_t processes;
	uint64_t memory_bytes;      /* resident, shared pages in each process */
	uint64_t cpu_ms;            /* also of children that were waited for */
};

int usage_read(void);
struct usage usage_of(uint32_t service);

#endif
