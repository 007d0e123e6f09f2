/* SPDX-License-Identifier: MIT */
/* mote-xs [--alias <specifier> <file>] [--rom <module>]... <script> [<argument>...] */

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "host.h"

int main(int argc, char** argv)
{
	int i = 1;
	signal(SIGPIPE, SIG_IGN);
	Machine* flash = createFlash();
	installNatives(flash);
	installTimer(flash);
	installTcp(flash);
	installSerial(flash);
	if (i + 2 < argc && !strcmp(argv[i], "--alias")) {
		aliasModule(argv[i + 1], argv[i + 2]);
		i += 3;
	}
	for (; i + 1 < argc && !strcmp(argv[i], "--rom"); i += 2)
		importModule(flash, argv[i + 1]);
	if (i >= argc) {
		fprintf(stderr, "usage: mote-xs [--alias <specifier> <file>] [--rom <module>]... <script> [<argument>...]\n");
		return 2;
	}
	setArguments(argc - i - 1, argv + i + 1);
	Machine* board = createBoard(flash);
	watchCollections(board);
	importModule(board, argv[i]);
	runLoop(board);
	fflush(stdout);
	return 0;
}
