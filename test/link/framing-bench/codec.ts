// What every framing on trial is asked to do. All work in one buffer, as a board's link would: pieces of
// the port lie at PIECE, a frame to send is built around its payload at `payloadOffset`.

export const MEMORY_BYTES = 2048;
export const PIECE = 1536;
/** Type, sequence, acknowledgement and limit: what every frame of the link needs. */
export const FIELDS = 4;
export const DATA_TYPE = 0xab;

export interface Codec {
  readonly name: string;
  readonly memory: Uint8Array;
  /** Where the payload of a frame to send is put. */
  readonly payloadOffset: number;
  /** Where the frame begins that `encode` made. */
  readonly start: number;
  /** @returns one past the frame's last byte */
  encode(length: number): number;
  /** Takes bytes at `offset` of the memory up to the end of one frame. @returns how many */
  feed(offset: number, length: number): number;
  /** Of the frame that the last `feed` completed, -1 when it completed none. */
  found: number;
  /** Where its payload lies. */
  foundAt: number;
  /** The pause that ends a half frame. */
  pause(): void;
}

/** Bits of the check that are compared: fewer make what slips through frequent enough to count. */
export type CheckMask = number;
