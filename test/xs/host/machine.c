/* SPDX-License-Identifier: MIT */
/* The two machines: flash, which is big and then read-only, and the board, which shares it. */

#include "machine.h"
#include "host.h"

enum {
	BOARD_KEYS = 32,
	NAME_TABLE = 1993,
	SYMBOL_TABLE = 127,
	PARSER_BYTES = 32 * 1024,
};

static txCreation flashCreation = {
	.initialChunkSize = 4 * 1024 * 1024,
	.incrementalChunkSize = 1024 * 1024,
	.initialHeapCount = 128 * 1024,
	.incrementalHeapCount = 64 * 1024,
	.stackCount = 4096,
	.initialKeyCount = 4096,
	.incrementalKeyCount = 1024,
	.nameModulo = NAME_TABLE,
	.symbolModulo = SYMBOL_TABLE,
	.parserBufferSize = PARSER_BYTES,
	.parserTableModulo = NAME_TABLE,
};

static txCreation boardCreation = {
	.initialChunkSize = BOARD_CHUNK_BYTES,
	.incrementalChunkSize = 0,
	.initialHeapCount = BOARD_SLOTS,
	.incrementalHeapCount = 0,
	.stackCount = BOARD_STACK_SLOTS,
	.initialKeyCount = BOARD_KEYS,
	.incrementalKeyCount = BOARD_KEYS,
	.nameModulo = NAME_TABLE,
	.symbolModulo = SYMBOL_TABLE,
	.parserBufferSize = PARSER_BYTES,
	.parserTableModulo = NAME_TABLE,
};

/* What an unused slot of the stack holds, to tell how deep it went. */
static const txKind UNTOUCHED = (txKind)0x55;

Machine* createFlash(void)
{
	return fxCreateMachine(&flashCreation, "flash", NULL, XS_NO_ID);
}

Machine* createBoard(Machine* flash)
{
	freezeLikeFlash(flash);
	fxShareMachine(flash);
	moveToFlash(flash);
	txMachine* board = fxCloneMachine(&boardCreation, flash, "board", NULL);
	if (board) {
		for (txSlot* slot = board->stackBottom; slot < board->stack; slot++)
			slot->kind = UNTOUCHED;
	}
	return board;
}

static void importSettled(txMachine* the)
{
}

static void importFailed(txMachine* the)
{
	mxException = *mxArgv(0);
	fxAbort(the, XS_UNHANDLED_EXCEPTION_EXIT);
}

void importModule(Machine* the, const char* path)
{
	fxBeginHost(the);
	txSlot* realm = mxModuleInstanceInternal(mxProgram.value.reference)->value.module.realm;
	mxPushStringC((txString)path);
	fxRunImport(the, realm, XS_NO_ID);
	mxDub();
	fxGetID(the, mxID(_then));
	mxCall();
	fxNewHostFunction(the, importSettled, 1, XS_NO_ID, XS_NO_ID);
	fxNewHostFunction(the, importFailed, 1, XS_NO_ID, XS_NO_ID);
	mxRunCount(2);
	mxPop();
	fxEndHost(the);
	runPromiseJobs(the);
}

void runPromiseJobs(Machine* the)
{
	while (the->hasPromiseJobs) {
		the->hasPromiseJobs = 0;
		fxRunPromiseJobs(the);
	}
}

int liveSlots(Machine* the)
{
	return the->currentHeapCount;
}

int liveChunkBytes(Machine* the)
{
	return the->currentChunksSize;
}

/* From here downwards: the bottom itself is scratch memory of the engine's number conversions. */
int deepestStack(Machine* the)
{
	txSlot* slot = the->stack;
	while (slot > the->stackBottom && (slot - 1)->kind != UNTOUCHED)
		slot--;
	return (int)(the->stackTop - slot);
}

void fxCreateMachinePlatform(txMachine* the)
{
	the->hasPromiseJobs = 0;
}

void fxDeleteMachinePlatform(txMachine* the)
{
}

void fxQueuePromiseJobs(txMachine* the)
{
	the->hasPromiseJobs = 1;
}

static const char* abortReason(int status)
{
	switch (status) {
	case XS_STACK_OVERFLOW_EXIT: return "stack overflow";
	case XS_NOT_ENOUGH_MEMORY_EXIT: return "memory full";
	case XS_NO_MORE_KEYS_EXIT: return "not enough keys";
	case XS_UNHANDLED_EXCEPTION_EXIT: return "unhandled exception";
	case XS_UNHANDLED_REJECTION_EXIT: return "unhandled rejection";
	default: return "abort";
	}
}

/* A board restarts; here the process ends, with the engine's status. */
void fxAbort(txMachine* the, int status)
{
	fprintf(stderr, "xs: %s", abortReason(status));
	if (status == XS_UNHANDLED_EXCEPTION_EXIT || status == XS_UNHANDLED_REJECTION_EXIT) {
		mxPush(mxException);
		fprintf(stderr, ": %s", fxToString(the, the->stack));
	}
	fprintf(stderr, "\n");
	fflush(stdout);
	_exit(status);
}
