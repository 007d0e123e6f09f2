/* SPDX-License-Identifier: MIT */
/* ECMA-419's read, write and format, the same for every stream of bytes. */

#ifndef MOTE_XS_FORMAT_H
#define MOTE_XS_FORMAT_H

#include "fifo.h"
#include "resource.h"

typedef enum { BUFFER_FORMAT, NUMBER_FORMAT } Format;

/*
 * `read` of a script: one byte; a new buffer; or into the buffer given. Whether that may be longer than
 * what is there differs from class to class: a TCP socket throws, a serial port of an ESP32 fills a part.
 */
void readFifo(xsMachine* the, Fifo* fifo, Format format, bool isStrict);
/* `write` of a script: all or nothing, throws `full` when there is no room. */
void writeFifo(xsMachine* the, Fifo* fifo, Format format, const char* full);

void getFormat(xsMachine* the, Format format);
Format parseFormat(xsMachine* the, xsSlot* text);
/* The format among the options of a constructor. */
Format formatOption(xsMachine* the, Format otherwise);
/* Puts the option `target` on the new object in xsResult. */
void keepTarget(xsMachine* the);
void installFormat(xsMachine* the, xsCallback getter, xsCallback setter);

#endif
