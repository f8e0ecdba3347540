/* SPDX-License-Identifier: MIT */
/* Words of the vocabulary that this version does not support: refused by name. */
#include "config/check/check.h"

void unsupported_check(const struct config *c, uint32_t i)
{
	if (service_of(c, i)->ready.ready == CONFIG_READY_SD_NOTIFY)
		report_error(c, i,
		             ": READY_SD_NOTIFY is not supported by this "
		             "version");
}
