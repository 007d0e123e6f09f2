import type { IAuthPacket, IConnectPacket } from "mqtt-packet";
import type { Connection } from "./connection.js";
import { pump, resume } from "./downlink.js";
import { closeFor, closeWith, end, endSession, expiryMs } from "./ending.js";
import type { AuthenticationAnswer, ConnackProperties } from "./options.js";
import type { Session, Will } from "./session.js";
import type { BrokerState } from "./state.js";

const CONTINUE = 0x18;
const REAUTHENTICATE = 0x19;
const BAD_METHOD = 0x8c;
const NOT_AUTHORIZED = 0x87;
const TAKEN_OVER = 0x8e;
const QOS_NOT_SUPPORTED = 0x9b;
const RETAIN_NOT_SUPPORTED = 0x9a;

/** CONNECT, in itself in order. */
export function handleConnect(
  state: BrokerState,
  connection: Connection,
  packet: IConnectPacket,
): void {
  connection.connect = packet;
  const code = state.options.connackCode(packet) || willCode(state, packet);
  if (code !== 0) {
    refuse(state, connection, code);
    return;
  }
  connection.phase = "authenticating";
  const method = packet.properties?.authenticationMethod;
  if (method === undefined) accept(state, connection, {});
  else authenticate(state, connection, method, packet.properties?.authenticationData, false);
}

/** AUTH, in itself in order. */
export function handleAuth(state: BrokerState, connection: Connection, packet: IAuthPacket): void {
  const method = connection.connect?.properties?.authenticationMethod;
  const isUnderWay = connection.authenticationSteps > 0;
  if (method === undefined) {
    closeFor(state, connection, "authWithoutMethod");
  } else if (packet.properties?.authenticationMethod !== method) {
    closeFor(state, connection, "authMethod");
  } else if (isUnderWay && packet.reasonCode !== CONTINUE) {
    closeFor(state, connection, "authContinue");
  } else if (!isUnderWay && packet.reasonCode !== REAUTHENTICATE) {
    closeFor(state, connection, "authUnasked");
  } else {
    connection.expected.answer("auth", 0);
    const isAgain = connection.phase === "connected";
    authenticate(state, connection, method, packet.properties?.authenticationData, isAgain);
  }
}

/** What a client may not ask for in its will. [MQTT-3.2.2-12], [MQTT-3.2.2-13] */
function willCode(state: BrokerState, packet: IConnectPacket): number {
  const { maximumQoS = 2, retainAvailable = true } = state.options.connackProperties;
  if (packet.protocolVersion !== 5 || packet.will === undefined) return 0;
  if ((packet.will.qos ?? 0) > maximumQoS) return QOS_NOT_SUPPORTED;
  return packet.will.retain && !retainAvailable ? RETAIN_NOT_SUPPORTED : 0;
}

function refuse(state: BrokerState, connection: Connection, code: number): void {
  const properties = state.options.connackProperties;
  connection.say({
    cmd: "connack",
    sessionPresent: false,
    returnCode: code,
    reasonCode: code,
    properties,
  });
  end(state, connection);
}

function authenticate(
  state: BrokerState,
  connection: Connection,
  method: string,
  data: Buffer | undefined,
  isReauthentication: boolean,
): void {
  const step = connection.authenticationSteps;
  const answer = state.options.authenticate?.({ method, data, step, isReauthentication }) ?? {
    reasonCode: BAD_METHOD,
  };
  const properties = { authenticationMethod: method, ...dataOf(answer) };
  if (answer.reasonCode === CONTINUE) {
    connection.authenticationSteps++;
    const owed = state.expect(connection, "auth", 0);
    connection.say({ cmd: "auth", reasonCode: CONTINUE, properties }, owed);
    return;
  }
  connection.authenticationSteps = 0;
  if (isReauthentication && answer.reasonCode === 0) {
    connection.say({ cmd: "auth", reasonCode: 0, properties });
  } else if (isReauthentication) {
    closeWith(state, connection, NOT_AUTHORIZED); // [MQTT-4.12.1-2]
  } else if (answer.reasonCode === 0) {
    accept(state, connection, properties);
  } else {
    refuse(state, connection, answer.reasonCode);
  }
}

function dataOf(answer: AuthenticationAnswer): { authenticationData?: Buffer } {
  return answer.data === undefined ? {} : { authenticationData: answer.data };
}

function accept(state: BrokerState, connection: Connection, proof: ConnackProperties): void {
  const packet = connection.connect;
  if (packet === undefined) return;
  const isNamed = packet.clientId !== "";
  const clientId = isNamed ? packet.clientId : `assigned-${connection.name}`;
  const older = state.connectionOf(clientId);
  if (older !== undefined) closeWith(state, older, TAKEN_OVER); // [MQTT-3.1.4-3]
  const found = findSession(state, clientId, packet.clean ?? true);
  const session = found ?? state.newSession(clientId);
  const granted: ConnackProperties = { ...state.options.connackProperties, ...proof };
  if (!isNamed) granted.assignedClientIdentifier ??= clientId;
  attach(connection, packet, session, granted);
  const isPresent = state.options.claimsSession ?? found !== undefined;
  const view = state.viewOf(clientId);
  connection.view = view;
  const start = packet.clean ? "clean" : isPresent ? "resumed" : "lost";
  const learned = view.begin(start, connection.version, connection.expected);
  connection.say(
    {
      cmd: "connack",
      sessionPresent: isPresent,
      returnCode: 0,
      reasonCode: 0,
      properties: connection.version === 5 ? granted : {},
    },
    () => learned(state.at),
  );
  if (found !== undefined) resume(connection, session);
  pump(state, connection);
}

/** The session that lives on. What came to an end meanwhile, or is not wanted, is ended. */
function findSession(state: BrokerState, clientId: string, isClean: boolean): Session | undefined {
  const session = state.sessions.get(clientId);
  if (session === undefined) return undefined;
  const isOver = session.expiresAt !== undefined && session.expiresAt <= state.at;
  if (isClean || isOver) {
    endSession(state, session);
    return undefined;
  }
  session.will = undefined; // A new connection before the delay is over. [MQTT-3.1.3-9]
  session.willDueAt = Number.POSITIVE_INFINITY;
  return session;
}

function attach(
  connection: Connection,
  packet: IConnectPacket,
  session: Session,
  granted: ConnackProperties,
): void {
  const isV5 = connection.version === 5;
  connection.phase = "connected";
  connection.session = session;
  connection.granted = granted;
  connection.will = toWill(packet);
  const keepAlive = granted.serverKeepAlive ?? packet.keepalive ?? 0;
  connection.keepAliveMs = (isV5 ? keepAlive : (packet.keepalive ?? 0)) * 1000;
  connection.authenticationSteps = 0;
  session.expiresAt = undefined;
  const expiry = granted.sessionExpiryInterval ?? packet.properties?.sessionExpiryInterval ?? 0;
  const isKept = !(packet.clean ?? true);
  session.expiryMs = isV5 ? expiryMs(expiry) : isKept ? Number.POSITIVE_INFINITY : 0;
}

function toWill({ will }: IConnectPacket): Will | undefined {
  if (will === undefined) return undefined;
  const { willDelayInterval = 0, ...properties } = will.properties ?? {};
  return {
    topic: will.topic,
    payload: Buffer.from(will.payload),
    qos: will.qos ?? 0,
    retain: will.retain ?? false,
    properties,
    delayMs: willDelayInterval * 1000,
  };
}
