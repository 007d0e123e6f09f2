/* SPDX-License-Identifier: MIT */
/*
 * The engine's memory, counted: its allocators under other names, and in their places functions that
 * count and call them. Whatever the engine allocates goes through one of these five.
 */

#define fxDuplicateSlot uncountedDuplicateSlot
#define fxNewChunk uncountedNewChunk
#define fxNewGrowableChunk uncountedNewGrowableChunk
#define fxNewSlot uncountedNewSlot
#define fxRenewChunk uncountedRenewChunk
#include "xsMemory.c"
#undef fxDuplicateSlot
#undef fxNewChunk
#undef fxNewGrowableChunk
#undef fxNewSlot
#undef fxRenewChunk

#include "counters.h"

enum { CHUNK_HEADER_BYTES = 8, CHUNK_ALIGNMENT = 4 };

Counters counters;

static uint64_t boardBytes(txSize size)
{
	return CHUNK_HEADER_BYTES + ((uint64_t)size + CHUNK_ALIGNMENT - 1) / CHUNK_ALIGNMENT * CHUNK_ALIGNMENT;
}

txSlot* fxNewSlot(txMachine* the)
{
	counters.slots++;
	return uncountedNewSlot(the);
}

txSlot* fxDuplicateSlot(txMachine* the, txSlot* slot)
{
	counters.slots++;
	return uncountedDuplicateSlot(the, slot);
}

void* fxNewChunk(txMachine* the, txSize size)
{
	counters.chunks++;
	counters.chunkBytes += boardBytes(size);
	return uncountedNewChunk(the, size);
}

void* fxNewGrowableChunk(txMachine* the, txSize size, txSize capacity)
{
	counters.chunks++;
	counters.chunkBytes += boardBytes(capacity);
	return uncountedNewGrowableChunk(the, size, capacity);
}

/* A chunk that grows beyond its own room, into the free space behind it, takes new memory. */
void* fxRenewChunk(txMachine* the, void* data, txSize size)
{
	txChunk* chunk = (txChunk*)((txByte*)data - sizeof(txChunk));
	txByte* end = chunk->temporary;
	void* renewed = uncountedRenewChunk(the, data, size);
	if (renewed && chunk->temporary != end) {
		counters.chunks++;
		counters.chunkBytes += (uint64_t)(chunk->temporary - end);
	}
	return renewed;
}
