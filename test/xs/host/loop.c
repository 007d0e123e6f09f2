/* SPDX-License-Identifier: MIT */
/* The board's only loop: waits for time and bytes, serves every resource once, ends when none is open. */

#define _GNU_SOURCE

#include "resource.h"

enum { MOST_RESOURCES = 64 };

static Resource* first;

int64_t nowMicroseconds(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

void openResource(xsMachine* the, Resource* resource, xsSlot* object)
{
	Resource** end = &first;
	while (*end)
		end = &(*end)->next;
	*end = resource;
	bindResource(the, resource, object);
}

bool isServed(const Resource* resource)
{
	for (Resource* one = first; one; one = one->next) {
		if (one == resource)
			return one->isOpen;
	}
	return false;
}

static void freeClosed(void)
{
	Resource** link = &first;
	while (*link) {
		Resource* resource = *link;
		if (resource->isOpen) {
			link = &resource->next;
			continue;
		}
		*link = resource->next;
		free(resource);
	}
}

static void wait(struct pollfd* wanted, int count, int64_t deadline)
{
	struct timespec timeout = { 0, 0 };
	int64_t left = deadline == INT64_MAX ? deadline : deadline - nowMicroseconds();
	if (left > 0) {
		timeout.tv_sec = left / 1000000;
		timeout.tv_nsec = left % 1000000 * 1000;
	}
	ppoll(wanted, (nfds_t)count, deadline == INT64_MAX ? NULL : &timeout, NULL);
}

/* One turn. A resource that a callback opens is served from the next turn on. */
static bool turn(void)
{
	struct pollfd wanted[MOST_RESOURCES];
	Resource* served[MOST_RESOURCES];
	int64_t deadline = INT64_MAX;
	int count = 0;
	for (Resource* resource = first; resource && count < MOST_RESOURCES; resource = resource->next) {
		wanted[count] = (struct pollfd){ .fd = -1 };
		resource->prepare(resource, &wanted[count], &deadline);
		served[count++] = resource;
	}
	if (count == 0)
		return false;
	wait(wanted, count, deadline);
	int64_t now = nowMicroseconds();
	for (int i = 0; i < count; i++) {
		if (served[i]->isOpen)
			served[i]->turn(served[i], wanted[i].revents, now);
	}
	freeClosed();
	return true;
}

void runLoop(xsMachine* the)
{
	do
		runPromiseJobs(the);
	while (turn());
}
