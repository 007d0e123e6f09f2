import type { Socket } from "node:net";
import {
  REASON_BROKER_CLOSED,
  REASON_MALFORMED,
  REASON_NOT_REACHABLE,
  REASON_TOO_LARGE,
} from "../../firmware/link/control.js";
import { CONTROL, MQTT, URGENT } from "../../firmware/link/link.js";
import { messageOf } from "../error.js";
import { pause } from "../wait.js";
import { decodeRequest, streamClosed, streamOpened } from "./control.js";
import { connectPatiently, endSocket } from "./patient-socket.js";
import { type PacketRefusal, Stream } from "./stream.js";
import type { TunnelOptions } from "./tunnel-options.js";

type State =
  | { readonly kind: "closed" }
  | { readonly kind: "connecting"; readonly number: number; readonly abort: AbortController }
  | { readonly kind: "open"; readonly stream: Stream }
  /** The socket is gone; what it still brought goes to the board before STREAM_CLOSED. */
  | { readonly kind: "ending"; readonly stream: Stream; readonly text: string };

const CONNECT_SPACING_MS = 100;
const REFUSAL_POLL_MS = 500;
const CONTROL_QUEUE = 8;

/**
 * One board's MQTT stream ⇄ one broker connection, byte for byte. The board opens and closes it over
 * the link's control channel; back-pressure runs both ways; it holds at most one chunk of the socket
 * downwards, and upwards what the link's window lets through after the socket said stop.
 */
export class Tunnel {
  /** Bytes the board sent while it had no stream. */
  strayBytes = 0;
  private readonly options: TunnelOptions;
  private readonly answers: Uint8Array[] = [];
  private state: State = { kind: "closed" };
  private connectedAtMs = Number.NEGATIVE_INFINITY;
  private endings: Promise<void> = Promise.resolve();

  constructor(options: TunnelOptions) {
    this.options = options;
  }

  get isOpen(): boolean {
    return this.state.kind === "open";
  }

  get isConnecting(): boolean {
    return this.state.kind === "connecting";
  }

  /** Takes in-order data of the link; the bytes are borrowed during the call. */
  handleData(channel: number, bytes: Uint8Array, offset: number, length: number): void {
    if (channel === MQTT || channel === URGENT) {
      this.handleUplink(bytes, offset, length, channel === URGENT);
      return;
    }
    if (channel !== CONTROL) return;
    const request = decodeRequest(bytes, offset, length);
    if (request?.kind === "open") this.open(request.number);
    else if (request !== null && request.number === this.streamNumber())
      this.drop("closed by the board");
  }

  /** A new session of the link: whatever was open belonged to the old one. */
  handleNewSession(): void {
    this.answers.length = 0;
    if (this.state.kind !== "closed") this.drop("the board started anew");
  }

  /** The link may take more. */
  handleWritable(): void {
    if (!this.sendAnswers()) return;
    if (this.state.kind === "open") this.pumpDown(this.state.stream);
    else if (this.state.kind === "ending") this.finishEnding(this.state);
  }

  /** Closes the stream from the gateway's side and tells the board why. */
  close(reason: number, text: string): void {
    const number = this.streamNumber();
    if (number === null) return;
    this.drop(text, reason);
    this.answer(streamClosed(number, reason));
  }

  /** Resolves when the broker has what was sent to it and knows that it is over, soon in any case. */
  settled(): Promise<void> {
    return this.endings;
  }

  private open(number: number): void {
    if (this.state.kind !== "closed") {
      this.endStream();
      this.options.onEvent({ kind: "replaced" });
    }
    // Answers to earlier numbers mean nothing to the board any more.
    this.answers.length = 0;
    const abort = new AbortController();
    this.state = { kind: "connecting", number, abort };
    const { random, onEvent } = this.options;
    const connect = (signal: AbortSignal) => this.connect(signal);
    const told = (error: unknown) => onEvent({ kind: "unreachable", text: messageOf(error) });
    connectPatiently(connect, random, told, abort.signal)
      .then((socket) => {
        if (socket === null) return;
        // The board may have asked for another stream while the promise was on its way here.
        if (abort.signal.aborted) socket.destroy();
        else this.handleConnected(number, socket);
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) this.close(REASON_NOT_REACHABLE, messageOf(error));
      });
  }

  /** Waits for leave. A board that asks for streams without end must not flood the broker with connections. */
  private async connect(signal: AbortSignal): Promise<Socket> {
    const { nowMs, connect, isRefused } = this.options;
    // Held, not answered: told of a refusal the board would wait up to its longest pause.
    while (!signal.aborted && isRefused()) await pause(REFUSAL_POLL_MS, signal);
    await pause(Math.max(0, this.connectedAtMs + CONNECT_SPACING_MS - nowMs()), signal);
    signal.throwIfAborted();
    this.connectedAtMs = nowMs();
    return connect(signal);
  }

  private handleConnected(number: number, socket: Socket): void {
    const { link } = this.options;
    const stream = this.createStream(number, socket);
    this.state = { kind: "open", stream };
    this.options.onEvent({ kind: "opened" });
    this.answer(streamOpened(number));
    socket.on("data", (chunk: Buffer) => {
      if (!this.carries(stream)) return;
      socket.pause();
      stream.feed(chunk);
      this.pumpDown(stream);
    });
    socket.on("drain", () => {
      if (this.carries(stream)) link.setAccepting(true);
    });
    socket.on("error", (error: Error) => this.handleSocketGone(stream, messageOf(error)));
    socket.on("close", () => this.handleSocketGone(stream, "closed by the broker"));
  }

  private createStream(number: number, socket: Socket): Stream {
    const { traffic, link, maximumPacketLength, onEvent } = this.options;
    return new Stream({
      number,
      socket,
      traffic,
      maximumPacketLength,
      send: (bytes, at, length, first, last) =>
        this.answers.length > 0 ? 0 : link.send(MQTT, bytes, at, length, first, last),
      onFull: () => link.setAccepting(false),
      onOversize: (topic, packetLength) => {
        traffic.withheld++;
        onEvent({ kind: "oversize", topic, packetLength });
      },
    });
  }

  private carries(stream: Stream): boolean {
    return this.state.kind === "open" && this.state.stream === stream;
  }

  private handleSocketGone(stream: Stream, text: string): void {
    if (!this.carries(stream)) return;
    this.state = { kind: "ending", stream, text };
    this.options.link.setAccepting(true);
    this.finishEnding(this.state);
  }

  private finishEnding(state: State & { kind: "ending" }): void {
    if (state.stream.pump().kind === "blocked") return;
    this.drop(state.text, REASON_BROKER_CLOSED);
    this.answer(streamClosed(state.stream.number, REASON_BROKER_CLOSED));
  }

  private handleUplink(bytes: Uint8Array, offset: number, length: number, isUrgent: boolean): void {
    if (this.state.kind !== "open") {
      this.strayBytes += length;
      return;
    }
    const chunk = Buffer.from(bytes.subarray(offset, offset + length));
    const { stream } = this.state;
    const refusal = isUrgent ? stream.forwardUrgent(chunk) : stream.forward(chunk);
    if (refusal !== null) this.refusePacket(refusal, "from the board");
  }

  private pumpDown(stream: Stream): void {
    const result = stream.pump();
    if (result.kind === "empty") stream.socket.resume();
    else if (result.kind !== "blocked") this.refusePacket(result, "from the broker");
  }

  private refusePacket(result: PacketRefusal, origin: string): void {
    if (result.kind === "malformed") {
      this.close(REASON_MALFORMED, `malformed packet ${origin}: ${result.detail}`);
      return;
    }
    const limit = this.options.maximumPacketLength;
    const text = `packet ${origin} of ${result.packetLength} bytes is above the limit of ${limit}`;
    this.close(REASON_TOO_LARGE, text);
  }

  /** Ends the stream without a word to the board. No DISCONNECT goes out: the broker publishes the will. */
  private drop(text: string, reason: number = REASON_BROKER_CLOSED): void {
    this.endStream();
    this.options.onEvent({ kind: "closed", reason, text });
  }

  private endStream(): void {
    const state = this.state;
    this.state = { kind: "closed" };
    if (state.kind === "connecting") state.abort.abort();
    if (state.kind === "open") {
      this.endings = endSocket(state.stream.socket);
      this.options.link.setAccepting(true);
    }
  }

  private streamNumber(): number | null {
    if (this.state.kind === "closed") return null;
    return this.state.kind === "connecting" ? this.state.number : this.state.stream.number;
  }

  private answer(message: Uint8Array): void {
    if (this.answers.length < CONTROL_QUEUE) this.answers.push(message);
    this.sendAnswers();
  }

  /** Returns whether all of them went out. */
  private sendAnswers(): boolean {
    for (;;) {
      const message = this.answers[0];
      if (message === undefined) return true;
      if (this.options.link.send(CONTROL, message, 0, message.length, true, true) === 0)
        return false;
      this.answers.shift();
    }
  }
}
