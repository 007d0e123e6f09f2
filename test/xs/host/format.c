/* SPDX-License-Identifier: MIT */

#include "format.h"

void readFifo(xsMachine* the, Fifo* fifo, Format format, bool isStrict)
{
	if (fifo->length == 0)
		return;
	if (format == NUMBER_FORMAT) {
		uint8_t byte;
		fifoTake(fifo, &byte, 1);
		xsmcSetInteger(xsResult, byte);
		return;
	}
	void* bytes = NULL;
	int wanted = fifo->length;
	if (xsmcArgc > 0 && xsmcTypeOf(xsArg(0)) == xsReferenceType) {
		xsUnsignedValue room;
		xsmcGetBufferWritable(xsArg(0), &bytes, &room);
		wanted = (int)room;
		if (!isStrict && wanted > fifo->length)
			wanted = fifo->length;
	} else if (xsmcArgc > 0) {
		wanted = xsmcToInteger(xsArg(0));
	}
	if (wanted <= 0 || wanted > fifo->length)
		xsUnknownError("invalid");
	if (bytes)
		xsmcSetInteger(xsResult, wanted);
	else
		bytes = xsmcSetArrayBuffer(xsResult, NULL, wanted);
	fifoTake(fifo, bytes, wanted);
}

void writeFifo(xsMachine* the, Fifo* fifo, Format format, const char* full)
{
	uint8_t byte;
	void* bytes = &byte;
	xsUnsignedValue length = 1;
	if (format == NUMBER_FORMAT)
		byte = (uint8_t)xsmcToInteger(xsArg(0));
	else
		xsmcGetBufferReadable(xsArg(0), &bytes, &length);
	if (length > (xsUnsignedValue)fifoRoom(fifo))
		xsUnknownError("%s", full);
	fifoPut(fifo, bytes, (int)length);
}

void getFormat(xsMachine* the, Format format)
{
	xsmcSetString(xsResult, format == NUMBER_FORMAT ? "number" : "buffer");
}

Format parseFormat(xsMachine* the, xsSlot* text)
{
	const char* name = fxToString(the, text);
	if (!strcmp(name, "number"))
		return NUMBER_FORMAT;
	if (strcmp(name, "buffer"))
		xsRangeError("unimplemented");
	return BUFFER_FORMAT;
}

Format formatOption(xsMachine* the, Format otherwise)
{
	int own = xsmcVars(1);
	xsmcGet(xsVar(own), xsArg(0), xsID("format"));
	return xsmcTypeOf(xsVar(own)) == xsUndefinedType ? otherwise : parseFormat(the, &xsVar(own));
}

void keepTarget(xsMachine* the)
{
	int own = xsmcVars(1);
	xsmcGet(xsVar(own), xsArg(0), xsID("target"));
	if (xsmcTypeOf(xsVar(own)) != xsUndefinedType)
		xsmcSet(xsResult, xsID("target"), xsVar(own));
}

void installFormat(xsMachine* the, xsCallback getter, xsCallback setter)
{
	int own = xsmcVars(1);
	xsVar(own) = xsNewHostFunction(getter, 0);
	xsmcDefine(xsResult, xsID("format"), xsVar(own), xsIsGetter);
	xsVar(own) = xsNewHostFunction(setter, 1);
	xsmcDefine(xsResult, xsID("format"), xsVar(own), xsIsSetter);
}
