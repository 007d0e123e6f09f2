/** Where one port and its board stand. */
export type BoardState =
  | "opening"
  /** The port does not exist (yet). */
  | "absent"
  | "denied"
  | "busy"
  | "unusable"
  /** The port is open; no board has spoken. */
  | "listening"
  /** The link is up, the broker is not reached. */
  | "no broker"
  /** The link is up; the board has no stream. */
  | "linked"
  /** MQTT flows. */
  | "online"
  /** The board fell silent. */
  | "silent"
  /** Another port has a board of the same name. */
  | "refused";

/** One row of the table. */
export interface BoardSnapshot {
  readonly port: string;
  /** The board's name, empty until it spoke. */
  readonly board: string;
  readonly state: BoardState;
  readonly readings: ReadonlyMap<string, string>;
  /** MQTT messages both ways since the gateway began. */
  readonly messages: number;
  readonly roundTripMs: number;
  readonly resends: number;
}
