/* SPDX-License-Identifier: MIT */
/* A ring of bytes of fixed capacity. */

#ifndef MOTE_XS_FIFO_H
#define MOTE_XS_FIFO_H

#include <stdint.h>
#include <string.h>

enum { LARGEST_FIFO = 8192 };

typedef struct {
	int capacity;
	int head;
	int length;
	uint8_t bytes[LARGEST_FIFO];
} Fifo;

static inline int fifoRoom(const Fifo* fifo)
{
	return fifo->capacity - fifo->length;
}

/* The caller has looked at the room. */
static inline void fifoPut(Fifo* fifo, const uint8_t* bytes, int length)
{
	int tail = (fifo->head + fifo->length) % fifo->capacity;
	int run = fifo->capacity - tail < length ? fifo->capacity - tail : length;
	memcpy(fifo->bytes + tail, bytes, (size_t)run);
	memcpy(fifo->bytes, bytes + run, (size_t)(length - run));
	fifo->length += length;
}

/* Bytes that lie in one piece at the head. */
static inline int fifoRun(const Fifo* fifo)
{
	int run = fifo->capacity - fifo->head;
	return fifo->length < run ? fifo->length : run;
}

/* The caller has looked at the length. */
static inline void fifoDrop(Fifo* fifo, int length)
{
	fifo->head = (fifo->head + length) % fifo->capacity;
	fifo->length -= length;
}

static inline void fifoTake(Fifo* fifo, uint8_t* bytes, int length)
{
	int run = fifoRun(fifo) < length ? fifoRun(fifo) : length;
	memcpy(bytes, fifo->bytes + fifo->head, (size_t)run);
	memcpy(bytes + run, fifo->bytes, (size_t)(length - run));
	fifoDrop(fifo, length);
}

#endif
