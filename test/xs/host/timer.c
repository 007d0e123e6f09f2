/* SPDX-License-Identifier: MIT */
/* Moddable's class Timer: set, repeat, schedule, clear. An unscheduled timer lives on; one that fired and has no second interval does not. */

#include "resource.h"

typedef struct {
	Resource resource;
	int64_t due;
	int intervalMs;
	bool isScheduled;
} Timer;

static void prepare(Resource* resource, struct pollfd* wanted, int64_t* deadline)
{
	Timer* timer = (Timer*)resource;
	if (timer->isScheduled && timer->due < *deadline)
		*deadline = timer->due;
}

static void fire(Resource* resource, short events, int64_t now)
{
	Timer* timer = (Timer*)resource;
	if (!timer->isScheduled || now < timer->due)
		return;
	timer->due = now + (int64_t)timer->intervalMs * 1000;
	callWithSelf(resource, resource->onReadable);
	if (timer->intervalMs == 0 && timer->isScheduled)
		closeResource(resource);
}

static void release(Resource* resource)
{
}

static void schedule(Timer* timer, int delayMs, int intervalMs)
{
	timer->due = nowMicroseconds() + (int64_t)delayMs * 1000;
	timer->intervalMs = intervalMs;
	timer->isScheduled = true;
}

static void create(xsMachine* the, int delayMs, int intervalMs)
{
	if (!xsmcIsCallable(xsArg(0)))
		xsUnknownError("callback required");
	Timer* timer = allocate(sizeof(Timer));
	timer->resource.prepare = prepare;
	timer->resource.turn = fire;
	timer->resource.release = release;
	timer->resource.onReadable = xsToReference(xsArg(0));
	schedule(timer, delayMs, intervalMs);
	xsResult = xsNewHostObject(NULL);
	openResource(the, &timer->resource, &xsResult);
}

static void timer_set(xsMachine* the)
{
	int argc = xsmcArgc;
	int delayMs = argc > 1 ? xsmcToInteger(xsArg(1)) : 0;
	create(the, delayMs, argc > 2 ? xsmcToInteger(xsArg(2)) : 0);
}

static void timer_repeat(xsMachine* the)
{
	int intervalMs = xsmcToInteger(xsArg(1));
	create(the, intervalMs, intervalMs);
}

static void timer_schedule(xsMachine* the)
{
	Timer* timer = (Timer*)resourceOf(the, &xsArg(0));
	int argc = xsmcArgc;
	if (argc == 1)
		timer->isScheduled = false;
	else
		schedule(timer, xsmcToInteger(xsArg(1)), argc > 2 ? xsmcToInteger(xsArg(2)) : 0);
}

static void timer_clear(xsMachine* the)
{
	Resource* resource = xsmcArgc > 0 ? resourceIfOpen(the, &xsArg(0)) : NULL;
	if (resource)
		closeResource(resource);
}

void installTimer(xsMachine* flash)
{
	xsBeginHost(flash);
	int own = xsmcVars(1);
	xsmcGet(xsVar(own), xsGlobal, xsID("host"));
	xsResult = xsmcNewObject();
	installMethod(the, "set", timer_set, 3);
	installMethod(the, "repeat", timer_repeat, 2);
	installMethod(the, "schedule", timer_schedule, 3);
	installMethod(the, "clear", timer_clear, 1);
	xsmcSet(xsVar(own), xsID("Timer"), xsResult);
	xsEndHost(flash);
}
