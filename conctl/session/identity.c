/* SPDX-License-Identifier: MIT */
/* Whether a process is connate itself: its supervisord, the guards, and the
 * processes that they start have the same descriptors for a while. Knows no
 * session. */
#include "conctl/session/identity.h"

#include "conctl/session/process.h"
#include "model/descriptor.h"
#include "model/ledger.h"
#include "sys/call.h"

/* A guard has at most so many processes between itself and connate. */
enum { ANCESTORS_MAX = 16 };

/* Whether the process has this ledger open, too. */
static bool shares(int folder, const struct stat *ledger)
{
	struct stat theirs;

	return descriptor_stat(folder, FD_LEDGER, &theirs) >= 0 &&
	       file_is_same(&theirs, ledger);
}

/* Whether the process runs the file that connate keeps as its own. Where that
 * cannot be compared, since an emulator runs every program: it does not run
 * supervisord's file, and it has the name that connate gives itself. */
static bool runs_connate(int folder)
{
	struct stat program, file;

	if (file_stat(folder, "exe", &program) < 0)
		return false;
	if (descriptor_stat(folder, FD_CONNATE, &file) >= 0 &&
	    file_is_same(&program, &file))
		return true;
	if (descriptor_stat(folder, FD_IMAGE, &file) >= 0 &&
	    file_is_same(&program, &file))
		return false;
	return process_is_called(folder, "connate\n");
}

/* The pid of the supervisord that a header names; 0: none runs. */
static int supervisord_in(const struct ledger *header)
{
	if (header->report.supervisord == 0 &&
	    header->report.death != DEATH_NONE)
		return 0;
	return pid_in_range(header->report.supervisord != 0
	                            ? header->report.supervisord
	                            : header->supervisord);
}

/* Whether the process is in our pid namespace (pid_namespaces(7)): only then do
 * the pids in its ledger mean the processes that we see. */
bool pids_are_ours(int folder)
{
	struct stat ours, theirs;

	return file_stat(folder, "ns/pid", &theirs) >= 0 &&
	       file_stat(AT_FDCWD, "/proc/self/ns/pid", &ours) >= 0 &&
	       file_is_same(&ours, &theirs);
}

/* Whether a process that has this ledger, with this header, is connate: the
 * parent of the supervisord that runs. If none runs, or it cannot be seen from
 * here, connate is the process that runs connate's file. */
bool process_is_connate(int pid, int folder, const struct ledger *header,
                        const struct stat *ledger)
{
	int supervisord = supervisord_in(header), its_folder, parent = 0;
	bool seen = false;

	if (supervisord == 0 || supervisord == pid || !pids_are_ours(folder))
		return runs_connate(folder);
	its_folder = process_open(supervisord);
	if (its_folder >= 0) {
		seen = shares(its_folder, ledger);
		parent = process_relation(its_folder).parent;
		(void)sys_close(its_folder); /* it was only looked at */
	}
	return seen ? parent == pid : runs_connate(folder);
}

/* The pid of the nearest ancestor that is connate, with this ledger; 0: none
 * is. */
int connate_above(int folder, const struct stat *ledger)
{
	struct relation r = process_relation(folder);
	bool found = false;

	for (int k = 0; k < ANCESTORS_MAX && r.parent > 0 && !found; k++) {
		int pid = r.parent, above = process_open(pid);

		if (above < 0)
			return 0;
		found = shares(above, ledger) && runs_connate(above);
		r = process_relation(above);
		(void)sys_close(above); /* it was only looked at */
		if (found)
			return pid;
	}
	return 0;
}
