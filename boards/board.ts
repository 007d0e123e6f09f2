/** The ids a USB device reports, as lower-case hexadecimal of four digits. */
export interface UsbId {
  readonly vendorId: string;
  readonly productId: string;
}

/** One kind of board: what the tools know about it without asking it. */
export interface Board {
  /** The name on the command line and the file's name. */
  readonly id: string;
  readonly name: string;
  readonly chip: string;
  /** The JavaScript engine that runs the firmware there. */
  readonly engine: "xs" | "espruino";
  readonly usbIds: readonly UsbId[];
  /**
   * Whose ids these are: `own` names this board, `adapter` a USB–serial chip that many products carry,
   * printers included, so that a match is only a guess.
   */
  readonly usbIdentity: "own" | "adapter";
  readonly baudRate: number;
  /** Levels of the modem lines while the port is open. */
  readonly dtr: boolean;
  readonly rts: boolean;
}
