/* SPDX-License-Identifier: MIT */
/* The life of resources and the little that all classes of the host share. */

#include "resource.h"

#include <time.h>

extern void* fxGetHostDataIf(xsMachine* the, xsSlot* object);

static void finalizeResource(void* data)
{
	/* Open resources are remembered: only closed ones are ever collected, and those have no data. */
}

static void markResource(xsMachine* the, void* data, xsMarkRoot mark)
{
	Resource* resource = data;
	if (!resource)
		return;
	if (resource->onReadable)
		mark(the, resource->onReadable);
	if (resource->onWritable)
		mark(the, resource->onWritable);
	if (resource->onError)
		mark(the, resource->onError);
}

static const xsHostHooks resourceHooks = { finalizeResource, markResource, NULL };

void* allocate(size_t size)
{
	void* memory = calloc(1, size);
	if (!memory)
		abort();
	return memory;
}

void closeResource(Resource* resource)
{
	if (!resource->isOpen)
		return;
	xsMachine* the = resource->the;
	resource->isOpen = false;
	resource->release(resource);
	xsmcSetHostData(resource->self, NULL);
	xsForget(resource->self);
}

Resource* resourceOf(xsMachine* the, xsSlot* object)
{
	Resource* resource = fxGetHostDataValidate(the, object, (void*)&resourceHooks);
	if (!resource)
		xsUnknownError("closed");
	return resource;
}

Resource* resourceIfOpen(xsMachine* the, xsSlot* object)
{
	if (fxTypeOf(the, object) != xsReferenceType)
		return NULL;
	Resource* resource = fxGetHostDataIf(the, object);
	return isServed(resource) ? resource : NULL;
}

void bindResource(xsMachine* the, Resource* resource, xsSlot* object)
{
	resource->the = the;
	resource->isOpen = true;
	resource->self = *object;
	xsmcSetHostData(resource->self, resource);
	xsSetHostHooks(resource->self, &resourceHooks);
	xsRemember(resource->self);
}

/* CPU time between callbacks: the kernel's network stack and this host's loop, which are no client's. */
static double elsewhere = 0;
static double lastReturn = 0;

static double cpuMicroseconds(void)
{
	struct timespec time;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

double scriptMicroseconds(void)
{
	return cpuMicroseconds() - elsewhere;
}

static void enterScript(void)
{
	elsewhere += cpuMicroseconds() - lastReturn;
}

static void leaveScript(void)
{
	lastReturn = cpuMicroseconds();
}

void callWithInteger(Resource* resource, xsSlot* function, int value)
{
	if (!function || !resource->isOpen)
		return;
	enterScript();
	xsBeginHost(resource->the);
	xsmcSetInteger(xsResult, value);
	xsCallFunction1(xsReference(function), xsAccess(resource->self), xsResult);
	xsEndHost(resource->the);
	leaveScript();
}

void callWithSelf(Resource* resource, xsSlot* function)
{
	if (!function || !resource->isOpen)
		return;
	enterScript();
	xsBeginHost(resource->the);
	xsResult = xsAccess(resource->self);
	xsCallFunction1(xsReference(function), xsResult, xsResult);
	xsEndHost(resource->the);
	leaveScript();
}

void constructResource(xsMachine* the)
{
	int own = xsmcVars(1);
	xsmcGet(xsVar(own), xsTarget, xsID("prototype"));
	xsResult = xsNewHostInstance(xsVar(own));
}

void installClass(xsMachine* the, const char* name, xsCallback constructor)
{
	int own = xsmcVars(2);
	xsmcGet(xsVar(own), xsGlobal, xsID("host"));
	xsResult = xsNewHostObject(NULL);
	xsSetHostHooks(xsResult, &resourceHooks);
	xsVar(own + 1) = xsNewHostConstructor(constructor, 1, xsResult);
	xsmcSet(xsVar(own), xsID(name), xsVar(own + 1));
}

void installMethod(xsMachine* the, const char* name, xsCallback callback, int length)
{
	int own = xsmcVars(1);
	xsVar(own) = xsNewHostFunction(callback, length);
	xsmcSet(xsResult, xsID(name), xsVar(own));
}

xsSlot* optionalFunction(xsMachine* the, const char* name)
{
	int own = xsmcVars(1);
	xsmcGet(xsVar(own), xsArg(0), xsID(name));
	return xsmcTest(xsVar(own)) ? xsToReference(xsVar(own)) : NULL;
}

int integerOption(xsMachine* the, const char* name, int otherwise)
{
	int own = xsmcVars(1);
	xsmcGet(xsVar(own), xsArg(0), xsID(name));
	return xsmcTypeOf(xsVar(own)) == xsUndefinedType ? otherwise : xsmcToInteger(xsVar(own));
}
