import host from "host";
import { BOARD, DATA, HOST, Link, MQTT, NOTHING } from "../../../firmware/link/link.js";
import { measure } from "./meter.js";

// Frames from a board to its gateway and back, over a perfect wire. Argument 0: how many.

const runs = Number(host.argument(0));
const FRAME_BYTES = 200;
/** Time goes by between frames, so that acknowledgements and pings come due too. */
const FRAME_MS = 10;

class Wire {
  readonly board: Link;
  readonly gateway: Link;
  received = 0;
  private now = 0;

  constructor() {
    const options = { epoch: 5, random: () => 9, maximumPayload: FRAME_BYTES, window: 8 };
    const name = new Uint8Array([0x62]);
    this.board = new Link({ ...options, role: BOARD, identity: name });
    this.gateway = new Link({ ...options, role: HOST, identity: new Uint8Array(0) });
    for (let i = 0; i < 100; i++) this.pass();
    if (!this.board.isUp || !this.gateway.isUp) throw new Error("no session");
  }

  send(from: Link, payload: Uint8Array): void {
    if (from.send(MQTT, payload, 0, payload.length, true, true) !== payload.length) {
      throw new Error("not taken");
    }
    this.pass();
  }

  private pass(): void {
    this.now = (this.now + FRAME_MS) | 0;
    this.move(this.board, this.gateway);
    this.move(this.gateway, this.board);
  }

  private move(from: Link, to: Link): void {
    from.handleTimeout(this.now);
    for (;;) {
      const length = from.pollTransmit(this.now);
      if (length === 0) return;
      this.carry(from, to, length);
      from.transmitted(length, this.now);
    }
  }

  private carry(from: Link, to: Link, length: number): void {
    let taken = 0;
    while (taken < length) {
      taken += to.handleBytes(from.out, from.outOffset + taken, length - taken, this.now);
      for (;;) {
        const event = to.pollEvent();
        if (event === NOTHING) break;
        if (event === DATA) this.received++;
      }
    }
  }
}

const wire = new Wire();
const payload = new Uint8Array(FRAME_BYTES).fill(0x2a);
measure("link.send", runs, () => wire.send(wire.board, payload));
measure("link.receive", runs, () => wire.send(wire.gateway, payload));
if (wire.received < 2 * runs) throw new Error("frames were lost");
