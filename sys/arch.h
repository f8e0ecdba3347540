/* SPDX-License-Identifier: MIT */
/* The machine that we are compiled for. The only place that chooses. */
#if defined(__x86_64__) && !defined(__ILP32__)
#include "sys/arch-x86_64.h"
#elif defined(__aarch64__)
#include "sys/arch-aarch64.h"
#elif defined(__riscv) && __riscv_xlen == 64
#include "sys/arch-riscv64.h"
#else
#error "no sys/arch-*.h for this machine"
#endif
