/**
 * A byte stream to a broker, as the client needs it: TCP, TLS, or a channel of the serial link.
 * It keeps no clock of its own: `now` is a 32-bit millisecond counter that may wrap.
 */
export interface Transport {
  /** Begins to connect. `TransportHandler.handleOpen` or `handleClose` follows, never before it returns. */
  open(now: number): void;

  /**
   * Takes bytes to send.
   *
   * @param bytes  borrowed during the call
   * @param offset first byte
   * @param length bytes offered: always the rest of exactly one MQTT packet
   * @returns how many were taken, 0 to `length`; when fewer, `handleWritable` follows
   */
  write(bytes: Uint8Array, offset: number, length: number, now: number): number;

  /** Ends the connection at once; `handleClose` does not follow. Idle transports ignore it. */
  close(now: number): void;
}

/** What a transport tells. The client implements it; a transport is given it once, at start. */
export interface TransportHandler {
  /** The stream is open: bytes flow from now on. */
  handleOpen(now: number): void;
  /**
   * Bytes came; they are borrowed during the call.
   *
   * @returns how many were taken; the rest must be offered again, after `handleWritable`
   */
  handleBytes(bytes: Uint8Array, offset: number, length: number, now: number): number;
  /** A write that took less than offered may be tried again. */
  handleWritable(now: number): void;
  /** The stream ended or could not be opened. */
  handleClose(now: number): void;
}
