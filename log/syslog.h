/* SPDX-License-Identifier: MIT */
/* Lines to a syslog daemon. */
#ifndef LOG_SYSLOG_H
#define LOG_SYSLOG_H

#include "log/write.h"

void syslog_line(const struct line *l);

#endif
