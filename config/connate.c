/* SPDX-License-Identifier: MIT */
/* The configuration of this machine: what stands here, and the services of each
 * file in services.d, which has a list like this one and no CONNATE. See
 * connate-config(5), and connate-build(8):
 *
 *     connate-build --check       is it right?
 *     connate-build --apply       what changes is shown, then it counts
 */
#define DEFAULTS \
	.env = LIST("PATH=/usr/local/sbin:/usr/local/bin:" \
	            "/usr/sbin:/usr/bin:/sbin:/bin"),
#include <connate/config.h>

static const struct service services[] = {
	/* SERVICE("sshd", .run = EXEC("/usr/sbin/sshd", "-D")), */
};

CONNATE();
