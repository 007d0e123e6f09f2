/* SPDX-License-Identifier: MIT */
/* What the engine has allocated since it began: these only grow, whatever a collection frees. */

#ifndef MOTE_XS_COUNTERS_H
#define MOTE_XS_COUNTERS_H

#include <stdint.h>

typedef struct {
	uint64_t slots;
	uint64_t chunks;
	/* As an ESP32 counts them, on every machine: a header of 8 bytes, the size rounded up to 4. */
	uint64_t chunkBytes;
	uint64_t collections;
} Counters;

extern Counters counters;

#endif
