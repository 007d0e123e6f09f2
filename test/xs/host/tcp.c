/* SPDX-License-Identifier: MIT */
/*
 * ECMA-419's class TCP, as Moddable's is over lwIP on an ESP32: 8,192 bytes each way, one chance per turn
 * to send what the turn has written, onReadable for new bytes only, onError once the received ones are read.
 */

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "format.h"

enum { WINDOW_BYTES = 8192 };

typedef enum { CONNECTING, READY, FAILED } State;

typedef struct {
	Resource resource;
	int socket;
	State state;
	Format format;
	/* Bytes left since onWritable was last called: the peer has room again. */
	bool hasSent;
	Fifo in;
	Fifo out;
} Tcp;

static void prepare(Resource* resource, struct pollfd* wanted, int64_t* deadline)
{
	Tcp* tcp = (Tcp*)resource;
	if (tcp->state == FAILED) {
		if (tcp->in.length == 0)
			*deadline = 0;
		return;
	}
	wanted->fd = tcp->socket;
	if (tcp->state == CONNECTING || tcp->out.length > 0)
		wanted->events |= POLLOUT;
	if (tcp->state == READY && fifoRoom(&tcp->in) > 0)
		wanted->events |= POLLIN;
	if (tcp->hasSent)
		*deadline = 0;
}

static void finishConnect(Tcp* tcp)
{
	int error = 0;
	socklen_t size = sizeof(error);
	getsockopt(tcp->socket, SOL_SOCKET, SO_ERROR, &error, &size);
	tcp->state = error ? FAILED : READY;
	tcp->hasSent = !error;
}

static void receive(Tcp* tcp)
{
	uint8_t bytes[WINDOW_BYTES];
	ssize_t count = recv(tcp->socket, bytes, (size_t)fifoRoom(&tcp->in), 0);
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (count <= 0) {
		tcp->state = FAILED;
		return;
	}
	fifoPut(&tcp->in, bytes, (int)count);
	callWithInteger(&tcp->resource, tcp->resource.onReadable, tcp->in.length);
}

static void transmit(Tcp* tcp)
{
	while (tcp->out.length > 0) {
		ssize_t count = send(tcp->socket, tcp->out.bytes + tcp->out.head, (size_t)fifoRun(&tcp->out), MSG_NOSIGNAL);
		if (count < 0 && errno != EAGAIN && errno != EINTR)
			tcp->state = FAILED;
		if (count <= 0)
			return;
		fifoDrop(&tcp->out, (int)count);
		tcp->hasSent = true;
	}
}

static void turn(Resource* resource, short events, int64_t now)
{
	Tcp* tcp = (Tcp*)resource;
	if (tcp->state == CONNECTING && events)
		finishConnect(tcp);
	if (tcp->state == READY && events & (POLLIN | POLLHUP | POLLERR))
		receive(tcp);
	if (tcp->state == READY && tcp->hasSent && resource->isOpen) {
		tcp->hasSent = false;
		callWithInteger(resource, resource->onWritable, fifoRoom(&tcp->out));
	}
	if (tcp->state == READY && resource->isOpen)
		transmit(tcp);
	if (tcp->state == FAILED && tcp->in.length == 0 && resource->isOpen) {
		xsSlot* onError = resource->onError;
		resource->onError = NULL;
		callWithSelf(resource, onError);
		if (!onError)
			closeResource(resource);
	}
}

/* What was written before `close` still leaves, as far as the system takes it at once. */
static void release(Resource* resource)
{
	Tcp* tcp = (Tcp*)resource;
	if (tcp->state == READY)
		transmit(tcp);
	close(tcp->socket);
}

static int connectSocket(xsMachine* the)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int own = xsmcVars(1);
	xsmcGet(xsVar(own), xsArg(0), xsID("address"));
	if (inet_pton(AF_INET, xsmcToString(xsVar(own)), &address.sin_addr) != 1)
		xsRangeError("address required");
	address.sin_port = htons((uint16_t)integerOption(the, "port", 0));
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(descriptor, (struct sockaddr*)&address, sizeof(address)) && errno != EINPROGRESS) {
		close(descriptor);
		xsUnknownError("no socket");
	}
	return descriptor;
}

static void tcp_constructor(xsMachine* the)
{
	Format format = formatOption(the, BUFFER_FORMAT);
	int descriptor = connectSocket(the);
	Tcp* tcp = allocate(sizeof(Tcp));
	tcp->socket = descriptor;
	tcp->format = format;
	tcp->in.capacity = WINDOW_BYTES;
	tcp->out.capacity = WINDOW_BYTES;
	tcp->resource.prepare = prepare;
	tcp->resource.turn = turn;
	tcp->resource.release = release;
	tcp->resource.onReadable = optionalFunction(the, "onReadable");
	tcp->resource.onWritable = optionalFunction(the, "onWritable");
	tcp->resource.onError = optionalFunction(the, "onError");
	constructResource(the);
	keepTarget(the);
	openResource(the, &tcp->resource, &xsResult);
}

static void tcp_read(xsMachine* the)
{
	Tcp* tcp = (Tcp*)resourceOf(the, &xsThis);
	readFifo(the, &tcp->in, tcp->format, true);
}

static void tcp_write(xsMachine* the)
{
	Tcp* tcp = (Tcp*)resourceOf(the, &xsThis);
	if (tcp->state == CONNECTING)
		xsUnknownError("not ready");
	if (tcp->state == FAILED)
		return;
	writeFifo(the, &tcp->out, tcp->format, "would block");
	xsmcSetInteger(xsResult, fifoRoom(&tcp->out));
}

static void tcp_close(xsMachine* the)
{
	Resource* resource = resourceIfOpen(the, &xsThis);
	if (resource)
		closeResource(resource);
}

static void tcp_get_format(xsMachine* the)
{
	getFormat(the, ((Tcp*)resourceOf(the, &xsThis))->format);
}

static void tcp_set_format(xsMachine* the)
{
	Tcp* tcp = (Tcp*)resourceOf(the, &xsThis);
	tcp->format = parseFormat(the, &xsArg(0));
}

void installTcp(xsMachine* flash)
{
	xsBeginHost(flash);
	installClass(the, "TCP", tcp_constructor);
	installMethod(the, "read", tcp_read, 1);
	installMethod(the, "write", tcp_write, 1);
	installMethod(the, "close", tcp_close, 0);
	installFormat(the, tcp_get_format, tcp_set_format);
	xsEndHost(flash);
}
