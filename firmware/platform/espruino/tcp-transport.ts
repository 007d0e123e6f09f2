import { handleClose, handleOpen, handleWritable } from "../../session/connection.js";
import { handleBytes } from "../../session/incoming.js";
import { BUSY } from "../../session/parts.js";
import type { Session } from "../../session/session.js";
import type { Transport } from "../../transport.js";
import { now } from "./clock.js";

/** Bytes that may wait in the socket: it takes any number, and keeps them in memory. */
const HIGH_WATER_BYTES = 512;
/**
 * Bytes that may wait for a session that takes none. Espruino's sockets cannot be paused: above this the
 * connection ends, and the broker sends again what was not acknowledged.
 */
const REST_BYTES = 2048;
/** In place of bytes that wait: the socket is not open. */
const SHUT = -1;

/** A socket and what is kept with it: one function serves all sockets, so that none is made for each. */
interface OwnedSocket extends EspruinoSocket {
  /** None once the connection is over: what the socket still tells is of no account. */
  transport: TcpTransport | undefined;
  session: Session | undefined;
  /** What the session has not taken yet. */
  rest: string;
}

/** A TCP stream to a broker through Espruino's own sockets. */
export interface TcpTransport extends Transport {
  /** Bytes written since the socket last had nothing to send, or SHUT. */
  waiting: number;
  socket: OwnedSocket | undefined;
  /** Who is told: the session whose transport this is, set before it starts. */
  session: Session | undefined;
  readonly host: string;
  readonly port: number;
}

export function newTcpTransport(host: string, port: number): TcpTransport {
  "cold";
  return {
    waiting: SHUT,
    socket: undefined,
    write,
    session: undefined,
    open,
    close,
    resume,
    host,
    port,
  };
}

function write(this: TcpTransport, bytes: Uint8Array, offset: number, length: number): number {
  const socket = this.socket;
  if (this.waiting > HIGH_WATER_BYTES || this.waiting < 0 || socket === undefined) return 0;
  try {
    // A typed array would go out as text: "48,4,…".
    socket.write(E.toString(bytes).substr(offset, length));
  } catch (_) {
    return 0; // the peer has closed, which is told next
  }
  this.waiting += length;
  return length;
}

function open(this: TcpTransport): void {
  openSocket(this);
}

function close(this: TcpTransport): void {
  closeSocket(this);
}

function resume(this: TcpTransport): void {
  offerRest(this);
}

function openSocket(transport: TcpTransport): void {
  "cold";
  const plain = globalThis.require("net").connect({ host: transport.host, port: transport.port });
  const owned = { transport, session: transport.session, rest: "" };
  const socket: OwnedSocket = Object.assign(plain, owned);
  socket.on("data", handleData);
  socket.on("drain", handleDrain);
  socket.on("close", handleEnd);
  transport.socket = socket;
  transport.waiting = SHUT;
}

function closeSocket(transport: TcpTransport): void {
  "cold";
  const socket = transport.socket;
  transport.socket = undefined;
  transport.waiting = SHUT;
  if (socket === undefined) return;
  socket.transport = socket.session = undefined;
  socket.end();
}

function handleData(this: OwnedSocket, data: string): void {
  const session = this.session;
  if (session === undefined) return;
  if (this.rest !== "") data = this.rest + data;
  // A view of the string, no copy. The time is the session's: no packet needs a fresher one.
  const bytes = new Uint8Array(E.toArrayBuffer(data));
  const taken = handleBytes(session, bytes, 0, data.length, session.now);
  if (taken < data.length || this.rest !== "") keepRest(this, data, taken);
}

function keepRest(socket: OwnedSocket, data: string, taken: number): void {
  "cold";
  socket.rest = data.substr(taken);
  if (socket.transport !== undefined && socket.rest.length > REST_BYTES) drop(socket.transport);
}

/** All that was written has gone out, which first means that the socket is open. */
function handleDrain(this: OwnedSocket): void {
  const transport = this.transport;
  const session = this.session;
  if (transport === undefined || session === undefined) return;
  if (transport.waiting === SHUT) {
    transport.waiting = 0;
    handleOpen(session, now());
    return;
  }
  transport.waiting = 0;
  if (session.outbox.idle !== BUSY) return;
  handleWritable(session, now());
  offerRest(transport);
}

function handleEnd(this: OwnedSocket): void {
  if (this.transport !== undefined) drop(this.transport);
}

function offerRest(transport: TcpTransport): void {
  "cold";
  const socket = transport.socket;
  if (socket !== undefined && socket.rest !== "") handleData.call(socket, "");
}

function drop(transport: TcpTransport): void {
  "cold";
  closeSocket(transport);
  if (transport.session !== undefined) handleClose(transport.session, now());
}
