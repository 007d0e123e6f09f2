/* SPDX-License-Identifier: MIT */
/* The host between its own files. `Machine` is the engine's, whichever of its two headers is in use. */

#ifndef MOTE_XS_HOST_H
#define MOTE_XS_HOST_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __XSALL__
typedef struct sxMachine Machine;
#else
typedef struct xsMachineRecord Machine;
#endif

/* machine.c */
Machine* createFlash(void);
/* Closes the flash: nothing can be added to it. */
Machine* createBoard(Machine* flash);
void importModule(Machine* the, const char* path);
void runPromiseJobs(Machine* the);
/* In use, garbage included. */
int liveSlots(Machine* the);
int liveChunkBytes(Machine* the);
/* Most slots of the stack that were ever in use. */
int deepestStack(Machine* the);

/* modules.c: one file under a name of its own, for a script that is not to know its path. */
void aliasModule(const char* specifier, const char* path);

/* natives.c, timer.c, tcp.c, serial.c: put their classes and functions on the object `host` of the flash. */
void installNatives(Machine* flash);
void installTimer(Machine* flash);
void installTcp(Machine* flash);
void installSerial(Machine* flash);
/* natives.c */
void watchCollections(Machine* board);
void setArguments(int count, char** values);

/* loop.c */
void runLoop(Machine* the);
int64_t nowMicroseconds(void);

#endif
