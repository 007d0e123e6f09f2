/* SPDX-License-Identifier: MIT */
/* What the loop serves: timers, sockets, serial ports. Each is an object of the script while it is open. */

#ifndef MOTE_XS_RESOURCE_H
#define MOTE_XS_RESOURCE_H

#include <poll.h>

#include "xsPlatform.h"
#include "xsmc.h"

#include "host.h"

typedef struct Resource Resource;

struct Resource {
	Resource* next;
	xsMachine* the;
	/* The script's object; remembered, so that no collection takes it while it is open. */
	xsSlot self;
	bool isOpen;
	/* Says what to wait for: events of `descriptor`, and no longer than `deadline` (microseconds). */
	void (*prepare)(Resource* resource, struct pollfd* wanted, int64_t* deadline);
	/* Does what is due; the callbacks of the script happen here. */
	void (*turn)(Resource* resource, short events, int64_t now);
	/* Gives back what the system lent. */
	void (*release)(Resource* resource);
	/* Functions of the script, by reference; NULL where there is none. */
	xsSlot* onReadable;
	xsSlot* onWritable;
	xsSlot* onError;
};

/* Binds a resource to the object under construction and hands it to the loop. */
void openResource(xsMachine* the, Resource* resource, xsSlot* object);
void bindResource(xsMachine* the, Resource* resource, xsSlot* object);
/* Tells whether the loop serves it; any pointer may be asked for. */
bool isServed(const Resource* resource);
/* Idempotent; the memory is freed when the loop comes by. */
void closeResource(Resource* resource);
/* The open resource behind `this`; throws when it is closed. */
Resource* resourceOf(xsMachine* the, xsSlot* object);
/* The resource, or NULL: closed, or no resource at all. */
Resource* resourceIfOpen(xsMachine* the, xsSlot* object);

/* Calls a function of the script with one integer; nothing where there is none. */
void callWithInteger(Resource* resource, xsSlot* function, int value);
void callWithSelf(Resource* resource, xsSlot* function);

/* CPU time of this process in the script and what it calls; the kernel's and the loop's between callbacks is left out. */
double scriptMicroseconds(void);

/* The new object of a host constructor, with room for a resource. */
void constructResource(xsMachine* the);
/* A class on `host`: its prototype comes back in xsResult, for its methods. */
void installClass(xsMachine* the, const char* name, xsCallback constructor);
void installMethod(xsMachine* the, const char* name, xsCallback callback, int length);

/* A callback of the options, NULL where there is none. */
xsSlot* optionalFunction(xsMachine* the, const char* name);
int integerOption(xsMachine* the, const char* name, int otherwise);

void* allocate(size_t size);

#endif
