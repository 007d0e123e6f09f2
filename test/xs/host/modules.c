/* SPDX-License-Identifier: MIT */
/*
 * Modules: from files, relative to who imports them, and the few of the board by their names. Compiled
 * code stays where it is, outside of the heap: as in flash, its strings cost nothing when they are used.
 */

#include <sys/stat.h>

#include "machine.h"
#include "host.h"

extern void fxRemapIDs(txMachine* the, txByte* codeBuffer, txSize codeSize, txID* theIDs);

enum { PARSER_BYTES = 32 * 1024, PARSER_SYMBOLS = 1993 };

typedef struct {
	const char* specifier;
	const char* source;
} BuiltInModule;

static const BuiltInModule builtInModules[] = {
	{ "timer", "export default host.Timer;" },
	{ "time", "export default host.Time;" },
	{ "embedded:io/socket/tcp", "export default host.TCP;" },
	{ "embedded:io/serial", "export default host.Serial;" },
	{ "host", "export default host;" },
};

static const char* aliasSpecifier;
static const char* aliasPath;

void aliasModule(const char* specifier, const char* path)
{
	aliasSpecifier = specifier;
	aliasPath = path;
}

const char* builtInModule(const char* specifier)
{
	for (size_t i = 0; i < sizeof(builtInModules) / sizeof(builtInModules[0]); i++) {
		if (!strcmp(builtInModules[i].specifier, specifier))
			return builtInModules[i].source;
	}
	return NULL;
}

/* A module's identifier is its specifier, or the real path of its file. */
txID fxFindModule(txMachine* the, txSlot* realm, txID importer, txSlot* specifier)
{
	char name[C_PATH_MAX];
	char path[2 * C_PATH_MAX];
	char real[C_PATH_MAX];
	fxToStringBuffer(the, specifier, name, sizeof(name));
	if (builtInModule(name))
		return fxNewNameC(the, name);
	if (aliasSpecifier && !strcmp(name, aliasSpecifier))
		snprintf(name, sizeof(name), "%s", aliasPath);
	if (name[0] == '.' && importer != XS_NO_ID) {
		txString from = fxGetKeyName(the, importer);
		const char* slash = strrchr(from, '/');
		int folder = slash ? (int)(slash - from + 1) : 0;
		snprintf(path, sizeof(path), "%.*s%s", folder, from, name);
	} else {
		snprintf(path, sizeof(path), "%s", name);
	}
	return realpath(path, real) ? fxNewNameC(the, real) : XS_NO_ID;
}

/* Rewrites one instruction to its form for code in flash: literals are used where they lie. */
static void toFlash(txU1* code)
{
	switch (*code) {
	case XS_CODE_CODE_1: *code = XS_CODE_CODE_ARCHIVE_1; break;
	case XS_CODE_CODE_2: *code = XS_CODE_CODE_ARCHIVE_2; break;
	case XS_CODE_CODE_4: *code = XS_CODE_CODE_ARCHIVE_4; break;
	case XS_CODE_STRING_1: *code = XS_CODE_STRING_ARCHIVE_1; break;
	case XS_CODE_STRING_2: *code = XS_CODE_STRING_ARCHIVE_2; break;
	case XS_CODE_STRING_4: *code = XS_CODE_STRING_ARCHIVE_4; break;
	}
}

/* How far the next instruction is. Sizes of 0 stand for an identifier, negative ones for a count in front. */
static txSize instructionSize(txByte* code)
{
	txS1 size = gxCodeSizes[*(txU1*)code];
	if (size > 0)
		return size;
	if (size == 0)
		return 1 + sizeof(txID);
	code++;
	if (size == -1)
		return 2 + *(txU1*)code;
	if (size == -2) {
		txU2 count;
		mxDecode2(code, count);
		return 3 + count;
	}
	txS4 count;
	mxDecode4(code, count);
	return 5 + count;
}

/* Gives a compiled script the machine's identifiers in place of its own table of names. */
static void burn(txMachine* the, txScript* script)
{
	txByte* name = script->symbolsBuffer;
	txID count;
	mxDecodeID(name, count);
	txID* ids = malloc((size_t)count * sizeof(txID));
	ids[0] = XS_NO_ID;
	for (txID i = 1; i < count; i++) {
		ids[i] = fxNewNameC(the, (txString)name);
		name += strlen((char*)name) + 1;
	}
	fxRemapIDs(the, script->codeBuffer, script->codeSize, ids);
	free(ids);
	free(script->symbolsBuffer);
	script->symbolsBuffer = NULL;
	script->symbolsSize = 0;
	txByte* end = script->codeBuffer + script->codeSize;
	for (txByte* code = script->codeBuffer; code < end; code += instructionSize(code))
		toFlash((txU1*)code);
}

static txScript* compile(txMachine* the, const char* path, void* stream, txGetter getter)
{
	txParser parser;
	txParserJump jump;
	txScript* volatile script = NULL;
	txString map = NULL;
	fxInitializeParser(&parser, the, PARSER_BYTES, PARSER_SYMBOLS);
	parser.firstJump = &jump;
	if (setjmp(jump.jmp_buf) == 0) {
		parser.path = fxNewParserSymbol(&parser, (txString)path);
		fxParserTree(&parser, stream, getter, 0, &map);
		fxParserHoist(&parser);
		fxParserBind(&parser);
		script = fxParserCode(&parser);
	}
	fxTerminateParser(&parser);
	return script;
}

void fxLoadModule(txMachine* the, txSlot* module, txID moduleID)
{
	char path[C_PATH_MAX];
	snprintf(path, sizeof(path), "%s", fxGetKeyName(the, moduleID));
	const char* source = builtInModule(path);
	FILE* file = source ? fmemopen((void*)source, strlen(source), "r") : fopen(path, "r");
	if (!file)
		mxReferenceError("module \"%s\" cannot be read", path);
	txScript* script = compile(the, path, file, (txGetter)fgetc);
	fclose(file);
	if (!script)
		mxSyntaxError("module \"%s\" does not compile", path);
	burn(the, script);
	fxResolveModule(the, module, moduleID, script, NULL, NULL);
}
