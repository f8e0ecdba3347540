/* SPDX-License-Identifier: MIT */
/* Capabilities in 64 bits: the kernel takes and gives them in two halves. */
#include "sys/capability.h"

#include "sys/call.h"

static struct __user_cap_header_struct capability_header(void)
{
	return (struct __user_cap_header_struct){
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
}

/* Into *c: the capabilities of this process. 0; or -errno (capget(2)), and they
 * are all 0. */
int capabilities_get(struct capabilities *c)
{
	struct __user_cap_header_struct h = capability_header();
	struct __user_cap_data_struct half[2] = { { 0 } };
	int error = sys_capget(&h, half);

	c->effective = (uint64_t)half[1].effective << 32 | half[0].effective;
	c->permitted = (uint64_t)half[1].permitted << 32 | half[0].permitted;
	c->inheritable = (uint64_t)half[1].inheritable << 32 |
	                 half[0].inheritable;
	return error;
}

/* Sets the capabilities of this process. One that is no longer permitted, or no
 * longer inheritable, is not ambient any more, either (capabilities(7)). 0; or
 * -errno (capset(2)): a sandbox may refuse the call itself. */
int capabilities_set(const struct capabilities *c)
{
	struct __user_cap_header_struct h = capability_header();
	const struct __user_cap_data_struct half[2] = {
		{ (uint32_t)c->effective, (uint32_t)c->permitted,
		  (uint32_t)c->inheritable },
		{ (uint32_t)(c->effective >> 32),
		  (uint32_t)(c->permitted >> 32),
		  (uint32_t)(c->inheritable >> 32) },
	};

	return sys_capset(&h, half);
}
