/** What Espruino offers beyond ES2015, as far as Mote uses it. @see https://www.espruino.com/Reference */

declare const E: {
  /** A byte string: the memory of an array that covers all of its buffer, else a copy. */
  toString(bytes: Uint8Array): string;
  /** The memory of a byte string. */
  toArrayBuffer(bytes: string): ArrayBuffer;
  toUint8Array(bytes: string): Uint8Array;
  /** 32 random bits from the hardware, signed. */
  hwRand(): number;
};

interface EspruinoSocket {
  /** Called at once when bytes come; Espruino removes one that throws. */
  on(event: "data", handler: (this: this, bytes: string) => void): void;
  /** Called after whatever runs: with the socket, and with whether there was an error. */
  on(event: "drain" | "close", handler: (this: this, what: unknown) => void): void;
  /** Takes all of it, in memory. Throws once the peer has closed. `drain` tells that all has gone out. */
  write(bytes: string): void;
  end(): void;
}

declare function require(name: "net"): {
  connect(options: { host: string; port: number }): EspruinoSocket;
};

/** Seconds since the start. */
declare function getTime(): number;
