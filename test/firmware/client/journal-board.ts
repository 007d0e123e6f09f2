import type { IConnackPacket } from "mqtt-packet";
import type { ClientOptions } from "../../../firmware/session/options.js";
import { ClientRig } from "../../sim/client-rig.js";
import { Flash } from "../../sim/flash.js";

const AREA_SIZE = 4096;
const BUFFER_SIZE = 128;

/** A board with a journal: `restart` is all that power failures leave of it. */
export class JournalBoard {
  readonly flash = new Flash({ areaSize: AREA_SIZE, unit: 1, tearing: "in order", seed: 1 });
  /** The application's own bytes, in this life. */
  state = new Uint8Array(4);
  private readonly options: Partial<ClientOptions>;

  constructor(options: Partial<ClientOptions> = {}) {
    this.options = options;
  }

  /** A life begins. @param options what has changed in the board's program since the last */
  boot(options: Partial<ClientOptions> = {}): ClientRig {
    this.state = new Uint8Array(4);
    const journal = {
      store: this.flash,
      buffer: new Uint8Array(BUFFER_SIZE),
      state: this.state,
    };
    return new ClientRig({ journal, ...this.options, ...options });
  }

  /** The first life: it has purged an earlier one and stands connected. */
  connected(): ClientRig {
    const rig = this.boot();
    rig.connect();
    return rig;
  }

  /** A further life, that stands connected again. What it wrote meanwhile is in `written`. */
  resumed(connack: Partial<IConnackPacket> = { sessionPresent: true }): ClientRig {
    const rig = this.boot();
    rig.client.start(rig.now);
    rig.transport.opens(rig.now);
    rig.accept(connack);
    return rig;
  }
}
