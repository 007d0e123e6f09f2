/* SPDX-License-Identifier: MIT */
/*
 * Flash. On a board the built-in objects and the preloaded modules are constants of the image; here they
 * fill a machine of their own, which the board's machine shares. What Moddable's linker (xsl) freezes is
 * frozen here: functions, the prototypes of constructors, environments, buffers and their views, maps,
 * sets, and constants that are functions. Everything else is copied to RAM when it is first written.
 */

#include "machine.h"

static void freezeInstance(txSlot* instance)
{
	for (txSlot* property = instance->next; property; property = property->next) {
		if (property->kind != XS_ACCESSOR_KIND)
			property->flag |= XS_DONT_SET_FLAG;
		property->flag |= XS_DONT_DELETE_FLAG;
	}
	instance->flag |= XS_DONT_PATCH_FLAG;
}

static bool isCode(const txSlot* slot)
{
	switch (slot->kind) {
	case XS_CALLBACK_KIND:
	case XS_CALLBACK_X_KIND:
	case XS_CODE_KIND:
	case XS_CODE_X_KIND:
		return true;
	default:
		return false;
	}
}

static void freezeFunction(txSlot* function)
{
	freezeInstance(function);
	if (!(function->flag & XS_CAN_CONSTRUCT_FLAG))
		return;
	for (txSlot* property = function->next; property; property = property->next) {
		if (property->ID == mxID(_prototype) && property->kind == XS_REFERENCE_KIND)
			freezeInstance(property->value.reference);
	}
}

static void freezeIfReadOnly(txSlot* instance)
{
	txSlot* first = instance->next;
	if (!first || !(first->flag & XS_INTERNAL_FLAG))
		return;
	if (isCode(first)) {
		freezeFunction(instance);
		return;
	}
	if (first->ID == XS_ENVIRONMENT_BEHAVIOR) {
		freezeInstance(instance);
		return;
	}
	switch (first->kind) {
	case XS_MAP_KIND:
	case XS_SET_KIND:
	case XS_WEAK_MAP_KIND:
	case XS_WEAK_SET_KIND:
	case XS_WEAK_REF_KIND:
	case XS_ARRAY_BUFFER_KIND:
	case XS_DATA_VIEW_KIND:
	case XS_TYPED_ARRAY_KIND:
	case XS_PROMISE_KIND:
	case XS_PROXY_KIND:
	case XS_REGEXP_KIND:
		freezeInstance(instance);
		break;
	}
}

static void freezeConstant(txSlot* closure)
{
	txSlot* value = closure->value.closure;
	if (value->kind == XS_REFERENCE_KIND && value->value.reference->next && isCode(value->value.reference->next))
		value->flag |= XS_DONT_SET_FLAG;
}

void freezeLikeFlash(txMachine* the)
{
	for (txSlot* heap = the->firstHeap; heap; heap = heap->next) {
		for (txSlot* slot = heap + 1; slot < heap->value.reference; slot++) {
			if (slot->kind == XS_INSTANCE_KIND)
				freezeIfReadOnly(slot);
			else if (slot->kind == XS_CLOSURE_KIND)
				freezeConstant(slot);
		}
	}
}

/* A collection in a sharing machine neither marks nor moves what these kinds point to. */
static void moveSlot(txSlot* slot)
{
	switch (slot->kind) {
	case XS_STRING_KIND: slot->kind = XS_STRING_X_KIND; break;
	case XS_BIGINT_KIND: slot->kind = XS_BIGINT_X_KIND; break;
	case XS_CODE_KIND: slot->kind = XS_CODE_X_KIND; break;
	case XS_KEY_KIND: slot->kind = XS_KEY_X_KIND; break;
	}
}

void moveToFlash(txMachine* the)
{
	for (txSlot* heap = the->firstHeap; heap; heap = heap->next) {
		for (txSlot* slot = heap + 1; slot < heap->value.reference; slot++) {
			moveSlot(slot);
			if (slot->kind != XS_ARRAY_KIND || !slot->value.array.address)
				continue;
			txIndex count = fxGetIndexSize(the, slot);
			for (txIndex i = 0; i < count; i++)
				moveSlot(slot->value.array.address + i);
		}
	}
	for (txSlot* slot = the->stack; slot < the->stackTop; slot++)
		moveSlot(slot);
}
