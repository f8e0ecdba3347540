/* SPDX-License-Identifier: MIT */
/* The command behind -- on the command line of connate. */
#ifndef CONCTL_SESSION_COMMAND_H
#define CONCTL_SESSION_COMMAND_H

struct out;

void command_write(struct out *out);

#endif
