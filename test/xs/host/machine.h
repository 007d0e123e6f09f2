/* SPDX-License-Identifier: MIT */
/* The engine's inside, as far as the host needs it; these files alone see xsAll.h. */

#ifndef MOTE_XS_MACHINE_H
#define MOTE_XS_MACHINE_H

#include "xsAll.h"
#include "xsScript.h"

/* An ESP32's creation (Moddable's esp32/nodemcu): all fixed, running out aborts. */
enum {
	BOARD_SLOTS = 4928,
	BOARD_CHUNK_BYTES = 78848,
	BOARD_STACK_SLOTS = 512,
};

/* rom.c: makes what the machine holds read-only, as the linker of a board's image does. */
void freezeLikeFlash(txMachine* the);
/* rom.c: marks data as lying outside of the heaps of machines that share this one. */
void moveToFlash(txMachine* the);

/* modules.c: the module behind a specifier that no file provides, or NULL. */
const char* builtInModule(const char* specifier);

#endif
