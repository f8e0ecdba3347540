/* SPDX-License-Identifier: MIT */
/* The attributes of a process that have names in a configuration and numbers in
 * a table: namespaces, resource limits, classes of an io priority. */
#ifndef MODEL_ATTRIBUTE_H
#define MODEL_ATTRIBUTE_H

/* The rows of namespace.def; their order is that of the words. */
enum namespace {
#define NAMESPACE(name, word, flag) NAMESPACE_##name,
#include "model/namespace.def"
#undef NAMESPACE
	NAMESPACES
};

/* The rows of resource.def: RLIMIT_… of asm-generic/resource.h. */
enum resource {
#define RESOURCE(name, word) RESOURCE_##name,
#include "model/resource.def"
#undef RESOURCE
	RESOURCES
};

/* The rows of ioprio.def: IOPRIO_CLASS_… of linux/ioprio.h. */
enum ioprio {
#define IOPRIO(name, word, level) IOPRIO_##name,
#include "model/ioprio.def"
#undef IOPRIO
	IOPRIOS
};

enum { IOPRIO_CLASS_SHIFT = 13 };   /* linux/ioprio.h: above the level */

#endif
