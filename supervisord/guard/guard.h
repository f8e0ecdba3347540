/* SPDX-License-Identifier: MIT */
/* A guard: a process of its own, started as supervisord --guard N. It fills in
 * of struct supervisor what the steps of a child need, and no more. */
#ifndef SUPERVISORD_GUARD_GUARD_H
#define SUPERVISORD_GUARD_GUARD_H

int guard_main(int argc, char **argv, char **envp); /* never returns */

#endif
