/* SPDX-License-Identifier: MIT */
/* What a test script asks the host itself: counters, clocks, its arguments; and the class Time. None allocates unless it says so. */

#include "resource.h"

#include "counters.h"

static int argumentCount;
static char** arguments;

void setArguments(int count, char** values)
{
	argumentCount = count;
	arguments = values;
}

static void host_print(xsMachine* the)
{
	int argc = xsmcArgc;
	for (int i = 0; i < argc; i++)
		fputs(xsmcToString(xsArg(i)), stdout);
	fputc('\n', stdout);
	fflush(stdout);
}

static void host_exit(xsMachine* the)
{
	int status = xsmcArgc > 0 ? xsmcToInteger(xsArg(0)) : 0;
	fflush(stdout);
	_exit(status);
}

/* Allocates the text. */
static void host_argument(xsMachine* the)
{
	int index = xsmcToInteger(xsArg(0));
	if (index >= 0 && index < argumentCount)
		xsmcSetString(xsResult, arguments[index]);
}

static void host_slots(xsMachine* the)
{
	xsmcSetNumber(xsResult, (double)counters.slots);
}

static void host_chunks(xsMachine* the)
{
	xsmcSetNumber(xsResult, (double)counters.chunks);
}

static void host_chunkBytes(xsMachine* the)
{
	xsmcSetNumber(xsResult, (double)counters.chunkBytes);
}

static void host_collections(xsMachine* the)
{
	xsmcSetNumber(xsResult, (double)counters.collections);
}

static void host_liveSlots(xsMachine* the)
{
	xsmcSetInteger(xsResult, liveSlots(the));
}

static void host_liveChunkBytes(xsMachine* the)
{
	xsmcSetInteger(xsResult, liveChunkBytes(the));
}

static void host_deepestStack(xsMachine* the)
{
	xsmcSetInteger(xsResult, deepestStack(the));
}

static void host_collect(xsMachine* the)
{
	xsCollectGarbage();
}

static void host_cpuMicroseconds(xsMachine* the)
{
	xsmcSetNumber(xsResult, scriptMicroseconds());
}

/* Milliseconds that wrap, as on the board. */
static void time_ticks(xsMachine* the)
{
	xsmcSetInteger(xsResult, (int32_t)(uint32_t)(nowMicroseconds() / 1000));
}

static void time_delta(xsMachine* the)
{
	uint32_t start = (uint32_t)xsmcToInteger(xsArg(0));
	uint32_t end;
	if (xsmcArgc > 1)
		end = (uint32_t)xsmcToInteger(xsArg(1));
	else
		end = (uint32_t)(nowMicroseconds() / 1000);
	xsmcSetInteger(xsResult, (int32_t)(end - start));
}

/* Every collection marks every live host object: this one counts. */
static void countCollection(xsMachine* the, void* data, xsMarkRoot mark)
{
	((Counters*)data)->collections++;
}

static const xsHostHooks probeHooks = { NULL, countCollection, NULL };
static xsSlot probe;

void watchCollections(xsMachine* board)
{
	xsBeginHost(board);
	probe = xsNewHostObject(NULL);
	xsmcSetHostData(probe, &counters);
	xsSetHostHooks(probe, &probeHooks);
	xsRemember(probe);
	xsEndHost(board);
}

static void installTime(xsMachine* the)
{
	int own = xsmcVars(3);
	xsmcGet(xsVar(own), xsGlobal, xsID("host"));
	xsVar(own + 1) = xsmcNewObject();
	xsVar(own + 2) = xsNewHostFunction(time_ticks, 0);
	xsmcDefine(xsVar(own + 1), xsID("ticks"), xsVar(own + 2), xsIsGetter);
	xsResult = xsVar(own + 1);
	installMethod(the, "delta", time_delta, 2);
	xsmcSet(xsVar(own), xsID("Time"), xsVar(own + 1));
}

/* Also names that only options carry, so that reading them adds no key on the board. */
static void nameOptions(xsMachine* the)
{
	static const char* const names[] = {
		"address", "port", "nodelay", "device", "baud", "format", "target",
		"onReadable", "onWritable", "onError", "prototype",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)xsID(names[i]);
}

void installNatives(xsMachine* flash)
{
	xsBeginHost(flash);
	int own = xsmcVars(1);
	xsResult = xsmcNewObject();
	installMethod(the, "print", host_print, 1);
	xsmcGet(xsVar(own), xsResult, xsID("print"));
	xsmcSet(xsGlobal, xsID("trace"), xsVar(own));
	installMethod(the, "exit", host_exit, 1);
	installMethod(the, "argument", host_argument, 1);
	installMethod(the, "slots", host_slots, 0);
	installMethod(the, "chunks", host_chunks, 0);
	installMethod(the, "chunkBytes", host_chunkBytes, 0);
	installMethod(the, "collections", host_collections, 0);
	installMethod(the, "liveSlots", host_liveSlots, 0);
	installMethod(the, "liveChunkBytes", host_liveChunkBytes, 0);
	installMethod(the, "deepestStack", host_deepestStack, 0);
	installMethod(the, "collect", host_collect, 0);
	installMethod(the, "cpuMicroseconds", host_cpuMicroseconds, 0);
	xsmcSet(xsGlobal, xsID("host"), xsResult);
	installTime(the);
	nameOptions(the);
	xsEndHost(flash);
}
