/* SPDX-License-Identifier: MIT */
/* Capabilities in 64 bits: the kernel takes and gives them in two halves. */
#include "sys/capability.h"

#include "sys/call.h"

static struct __user_cap_header_struct header(void)
{
	return (struct __user_cap_header_struct){
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
}

int capabilities_get(struct capabilities *c)
{
	struct __user_cap_header_struct h = header();
	struct __user_cap_data_struct half[2] = { { 0 } };
	int error = sys_capget(&h, half);

	c->effective = (uint64_t)half[1].effective << 32 | half[0].effective;
	c->permitted = (uint64_t)half[1].permitted << 32 | half[0].permitted;
	c->inheritable = (uint64_t)half[1].inheritable << 32 |
	                 half[0].inheritable;
	return error;
}

int capabilities_set(const struct capabilities *c)
{
	struct __user_cap_header_struct h = header();
	const struct __user_cap_data_struct half[2] = {
		{ (uint32_t)c->effective, (uint32_t)c->permitted,
		  (uint32_t)c->inheritable },
		{ (uint32_t)(c->effective >> 32), (uint32_t)(c->permitted >> 32),
		  (uint32_t)(c->inheritable >> 32) },
	};

	return sys_capset(&h, half);
}
