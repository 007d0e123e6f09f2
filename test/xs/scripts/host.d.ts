// The module "host" of mote-xs. None of its functions allocates, but for `argument`.

declare module "host" {
  interface Host {
    /** One line on standard output. */
    print(text: string): void;
    exit(status: number): never;
    /** An argument of the command line behind the script; allocates it. */
    argument(index: number): string;

    // Counters that only grow: what the engine has allocated since it began.
    slots(): number;
    chunks(): number;
    /** As an ESP32 counts them: a header of 8 bytes, the size rounded up to 4. */
    chunkBytes(): number;
    collections(): number;

    /** Slots in use, garbage included. */
    liveSlots(): number;
    /** Bytes of chunks in use, headers and garbage included. */
    liveChunkBytes(): number;
    /** The most slots of the stack that were ever in use. */
    deepestStack(): number;
    collect(): void;
    /** CPU time of the process. */
    cpuMicroseconds(): number;
  }
  const host: Host;
  export default host;
}

declare module "timer" {
  const Timer: {
    set(callback: () => void, delayMs: number, repeatMs: number): object;
  };
  export default Timer;
}

declare module "embedded:io/socket/tcp" {
  const TCP: object;
  export default TCP;
}

declare module "embedded:io/serial" {
  interface SerialOptions {
    readonly device: string;
    readonly baud: number;
    readonly onReadable?: (count: number) => void;
    readonly onWritable?: (count: number) => void;
  }
  class Serial {
    /** Not ECMA-419: bytes that found the receive FIFO full, and are lost. */
    readonly overruns: number;
    constructor(options: SerialOptions);
    /** Fills what it can. @returns how many bytes */
    read(into: Uint8Array): number;
    write(bytes: Uint8Array): void;
    close(): void;
  }
  export default Serial;
}

/** Moddable's `examples/io/tcp/mqttclient/mqttclient.js`, as far as it is measured. */
declare module "peer" {
  export class PeerClient {
    constructor(options: object);
    write(data: Uint8Array | null, options: object): number;
    read(into: Uint8Array): void;
  }
  export default PeerClient;
}
