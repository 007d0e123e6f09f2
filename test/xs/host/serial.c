/* SPDX-License-Identifier: MIT */
/*
 * ECMA-419's class Serial over a device of the system, a pty in the tests, as Moddable's is on an ESP32:
 * FIFOs of 128 bytes and no flow control. Bytes pass at the speed of the wire; those that find the FIFO
 * full, because the script is late, are lost and counted.
 */

#include <fcntl.h>
#include <termios.h>

#include "format.h"

enum {
	FIFO_BYTES = 128,
	/* onWritable comes when no more than this waits, as the hardware's interrupt does. */
	TRANSMIT_THRESHOLD = 10,
	BITS_PER_BYTE = 10,
	DEFAULT_BAUD = 115200,
};

/* What one direction of the wire may carry by now. */
typedef struct {
	int64_t since;
	double bytes;
} Credit;

typedef struct {
	Resource resource;
	int device;
	int baud;
	Format format;
	bool isWriteReported;
	int overruns;
	Credit receiving;
	Credit sending;
	Fifo in;
	Fifo out;
} Serial;

/* An idle wire saves nothing up: at most two bytes' time counts. */
static int earn(Credit* credit, int baud, int64_t now, bool isBusy)
{
	double perMicrosecond = (double)baud / BITS_PER_BYTE / 1e6;
	credit->bytes += (double)(now - credit->since) * perMicrosecond;
	credit->since = now;
	if (!isBusy && credit->bytes > 2)
		credit->bytes = 2;
	return (int)credit->bytes;
}

static void prepare(Resource* resource, struct pollfd* wanted, int64_t* deadline)
{
	Serial* serial = (Serial*)resource;
	int64_t byteTime = 1000000LL * BITS_PER_BYTE / serial->baud + 1;
	int64_t soon = nowMicroseconds() + 8 * byteTime;
	if (serial->receiving.bytes >= 1) {
		wanted->fd = serial->device;
		wanted->events = POLLIN;
	}
	bool isWaiting = serial->receiving.bytes < 1 || serial->out.length > 0 || !serial->isWriteReported;
	if (isWaiting && soon < *deadline)
		*deadline = soon;
}

static void receive(Serial* serial, int64_t now)
{
	uint8_t bytes[LARGEST_FIFO];
	int limit = earn(&serial->receiving, serial->baud, now, true);
	if (limit > LARGEST_FIFO)
		limit = LARGEST_FIFO;
	ssize_t count = limit > 0 ? read(serial->device, bytes, (size_t)limit) : 0;
	if (count < limit && serial->receiving.bytes > 2)
		serial->receiving.bytes = 2 + (double)(count > 0 ? count : 0);
	if (count <= 0)
		return;
	serial->receiving.bytes -= (double)count;
	int room = fifoRoom(&serial->in);
	int kept = count < room ? (int)count : room;
	fifoPut(&serial->in, bytes, kept);
	serial->overruns += (int)count - kept;
	callWithInteger(&serial->resource, serial->resource.onReadable, serial->in.length);
}

/* A wire without a listener takes the bytes all the same. */
static void transmit(Serial* serial, int64_t now)
{
	int limit = earn(&serial->sending, serial->baud, now, serial->out.length > 0);
	while (limit > 0 && serial->out.length > 0) {
		int count = fifoRun(&serial->out);
		if (count > limit)
			count = limit;
		(void)!write(serial->device, serial->out.bytes + serial->out.head, (size_t)count);
		fifoDrop(&serial->out, count);
		serial->sending.bytes -= count;
		limit -= count;
	}
}

static void turn(Resource* resource, short events, int64_t now)
{
	Serial* serial = (Serial*)resource;
	receive(serial, now);
	if (!resource->isOpen)
		return;
	transmit(serial, now);
	if (serial->isWriteReported || serial->out.length > TRANSMIT_THRESHOLD)
		return;
	serial->isWriteReported = true;
	callWithInteger(resource, resource->onWritable, fifoRoom(&serial->out));
}

static void release(Resource* resource)
{
	close(((Serial*)resource)->device);
}

static int openDevice(xsMachine* the)
{
	struct termios settings;
	int own = xsmcVars(1);
	xsmcGet(xsVar(own), xsArg(0), xsID("device"));
	int device = open(xsmcToString(xsVar(own)), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (device < 0)
		xsUnknownError("cannot open device");
	if (!tcgetattr(device, &settings)) {
		cfmakeraw(&settings);
		tcsetattr(device, TCSANOW, &settings);
	}
	return device;
}

static void serial_constructor(xsMachine* the)
{
	Format format = formatOption(the, BUFFER_FORMAT);
	int baud = integerOption(the, "baud", DEFAULT_BAUD);
	if (baud <= 0 || baud > 20000000)
		xsRangeError("invalid baud");
	int device = openDevice(the);
	Serial* serial = allocate(sizeof(Serial));
	serial->device = device;
	serial->baud = baud;
	serial->format = format;
	serial->in.capacity = FIFO_BYTES;
	serial->out.capacity = FIFO_BYTES;
	serial->receiving.since = nowMicroseconds();
	serial->sending.since = serial->receiving.since;
	serial->resource.prepare = prepare;
	serial->resource.turn = turn;
	serial->resource.release = release;
	serial->resource.onReadable = optionalFunction(the, "onReadable");
	serial->resource.onWritable = optionalFunction(the, "onWritable");
	constructResource(the);
	keepTarget(the);
	openResource(the, &serial->resource, &xsResult);
}

static void serial_read(xsMachine* the)
{
	Serial* serial = (Serial*)resourceOf(the, &xsThis);
	readFifo(the, &serial->in, serial->format, false);
}

static void serial_write(xsMachine* the)
{
	Serial* serial = (Serial*)resourceOf(the, &xsThis);
	if (serial->out.length == 0)
		earn(&serial->sending, serial->baud, nowMicroseconds(), false);
	writeFifo(the, &serial->out, serial->format, "output full");
	serial->isWriteReported = false;
}

static void serial_close(xsMachine* the)
{
	Resource* resource = resourceIfOpen(the, &xsThis);
	if (resource)
		closeResource(resource);
}

static void serial_get_format(xsMachine* the)
{
	getFormat(the, ((Serial*)resourceOf(the, &xsThis))->format);
}

static void serial_set_format(xsMachine* the)
{
	Serial* serial = (Serial*)resourceOf(the, &xsThis);
	serial->format = parseFormat(the, &xsArg(0));
}

/* Not ECMA-419: bytes that the FIFO had no room for. */
static void serial_get_overruns(xsMachine* the)
{
	xsmcSetInteger(xsResult, ((Serial*)resourceOf(the, &xsThis))->overruns);
}

void installSerial(xsMachine* flash)
{
	xsBeginHost(flash);
	installClass(the, "Serial", serial_constructor);
	installMethod(the, "read", serial_read, 1);
	installMethod(the, "write", serial_write, 1);
	installMethod(the, "close", serial_close, 0);
	installFormat(the, serial_get_format, serial_set_format);
	int own = xsmcVars(1);
	xsVar(own) = xsNewHostFunction(serial_get_overruns, 0);
	xsmcDefine(xsResult, xsID("overruns"), xsVar(own), xsIsGetter);
	xsEndHost(flash);
}
