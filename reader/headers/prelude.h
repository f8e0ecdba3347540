/* SPDX-License-Identifier: MIT */
/* What a compiler defines by itself. */
#define CONNATE_READER 1
#define CONNATE_CHECK 1
#define __INT_MAX__ 0x7fffffff
#define __LONG_MAX__ 0x7fffffffffffffffL
#define __LONG_LONG_MAX__ 0x7fffffffffffffffLL
#define __CHAR_BIT__ 8
#define __STDC__ 1
#define __STDC_VERSION__ 201112L
#define __linux__ 1
#define __LP64__ 1
