import { FRAME_OVERHEAD, placeBytes } from "./frame.js";
import { MAXIMUM_HELLO, MAXIMUM_WELCOME } from "./hello.js";
import { BOARD, type LinkOptions, optionsFault } from "./options.js";

/** Token and a bit for each frame of the largest window. */
const CONTROL_PAYLOAD = 9;
/** What is received begins behind this, so that a frame's type begins a word. */
export const RECEIVE_LEAD = 3;

function roundUp(bytes: number): number {
  return (bytes + 3) & -4;
}

/** Where the parts of a link's memory lie: offsets in `bytes`, each a multiple of four. */
export class LinkMemory {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /** Bytes that are received, behind RECEIVE_LEAD. */
  readonly received: number;
  readonly receivedCapacity: number;
  /** Payloads that came early. */
  readonly rows: number;
  readonly rowBytes: number;
  /** Frames to send. */
  readonly places: number;
  readonly placeBytes: number;
  /** The frame without data that is sent. */
  readonly control: number;
  readonly datagram: number;
  readonly greeting: number;

  /** @throws RangeError when an option is out of its range, or the memory is too small or does not begin a word */
  constructor(options: LinkOptions) {
    const fault = optionsFault(options);
    if (fault !== "") throw new RangeError(`link: ${fault}`);
    const payload = options.maximumPayload;
    const window = options.window;
    const isBoard = options.role === BOARD;
    const heard = isBoard ? MAXIMUM_WELCOME : MAXIMUM_HELLO;
    const said = isBoard ? MAXIMUM_HELLO : MAXIMUM_WELCOME;
    this.receivedCapacity = Math.max(heard, FRAME_OVERHEAD + payload);
    this.rowBytes = roundUp(payload);
    this.placeBytes = placeBytes(payload);
    const rows = window > 1 ? window : 0;
    const total =
      roundUp(RECEIVE_LEAD + this.receivedCapacity) +
      rows * this.rowBytes +
      (window + 1) * this.placeBytes +
      placeBytes(CONTROL_PAYLOAD) +
      roundUp(said);
    const bytes = options.memory ?? new Uint8Array(total);
    if (bytes.length < total || bytes.byteOffset % 4 !== 0) {
      throw new RangeError(`link: memory of ${total} bytes, at a word`);
    }
    this.bytes = bytes;
    this.words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    this.received = (bytes.length - total) & -4;
    this.rows = this.received + roundUp(RECEIVE_LEAD + this.receivedCapacity);
    this.places = this.rows + rows * this.rowBytes;
    this.datagram = this.places + window * this.placeBytes;
    this.control = this.datagram + this.placeBytes;
    this.greeting = this.control + placeBytes(CONTROL_PAYLOAD);
  }
}
