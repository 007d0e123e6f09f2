// What one data item of CBOR is. Up to CBOR_SIMPLE these are its major types. @see RFC 8949 §3.1

/** Negative ones too. */
export const CBOR_INTEGER = 0;
export const CBOR_BYTES = 2;
/** UTF-8. */
export const CBOR_TEXT = 3;
export const CBOR_ARRAY = 4;
export const CBOR_MAP = 5;
/** A mark on the item that follows it. */
export const CBOR_TAG = 6;
/** CBOR_FALSE to CBOR_UNDEFINED, or a value that no standard has given a meaning. */
export const CBOR_SIMPLE = 7;
/** A floating-point number. */
export const CBOR_FLOAT = 8;
/** The end of an array, map or string of indefinite length. */
export const CBOR_BREAK = 9;

// Values of CBOR_SIMPLE.
export const CBOR_FALSE = 20;
export const CBOR_TRUE = 21;
export const CBOR_NULL = 22;
export const CBOR_UNDEFINED = 23;

/** Stands for the length of a string, array or map that a CBOR_BREAK ends. */
export const CBOR_INDEFINITE = -1;
