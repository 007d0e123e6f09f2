// What the platform of Moddable's XS adds to ES2015, as far as we use it.

interface ArrayBuffer {
  readonly maxByteLength: number;
  /** Growing fills the new part with zeros; XS keeps the memory while it fits. */
  resize(byteLength: number): void;
}

interface ArrayBufferConstructor {
  new (byteLength: number, options: { readonly maxByteLength: number }): ArrayBuffer;
}

declare module "embedded:io/socket/tcp" {
  export interface TCPOptions {
    /** An IP address: no name is resolved. */
    readonly address: string;
    readonly port: number;
    readonly format: "buffer";
    readonly target: unknown;
    /** `count`: all bytes that wait to be read. Not called again for those left unread. */
    readonly onReadable: (this: TCP, count: number) => void;
    /** `count`: bytes that `write` takes now. The first call means: connected. */
    readonly onWritable: (this: TCP, count: number) => void;
    /** Also when the peer closes, once all is read. */
    readonly onError: (this: TCP) => void;
  }

  class TCP {
    readonly target: unknown;
    constructor(options: TCPOptions);
    /** Fills all of `view`; throws when fewer bytes wait. */
    read(view: Uint8Array): number;
    /** Takes all of `view`; throws when there is less room. */
    write(view: Uint8Array): void;
    close(): void;
  }

  export default TCP;
}

declare module "timer" {
  export type TimerId = { readonly timer: never };
  const Timer: {
    set(callback: () => void, delayMs: number, repeatMs: number): TimerId;
    /** With no time the timer rests, to be scheduled again. */
    schedule(timer: TimerId, delayMs?: number, repeatMs?: number): void;
    clear(timer: TimerId): void;
  };

  export default Timer;
}

declare module "time" {
  const Time: { readonly ticks: number };

  export default Time;
}
