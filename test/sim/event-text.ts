import {
  ACKNOWLEDGED,
  AUTHENTICATION_EVENT,
  CLOSED_EVENT,
  CONNECTED_EVENT,
  DENIED_EVENT,
  DISCONNECTED_EVENT,
  DROPPED,
  EXPIRED,
  GRANTED_EVENT,
  IN_DOUBT,
  OVERSIZE_EVENT,
  REMOVED_EVENT,
  RESTORED_EVENT,
} from "../../firmware/session/event.js";

const EVENTS: Readonly<Record<number, (detail: number, reason: number) => string>> = {
  [CONNECTED_EVENT]: (detail) => `connected ${detail === 1}`,
  [ACKNOWLEDGED]: (token, reason) => `acknowledged ${token}${reason === 0 ? "" : ` ${reason}`}`,
  [EXPIRED]: (token) => `expired ${token}`,
  [DROPPED]: (token, reason) => `dropped ${token} ${-reason}`,
  [IN_DOUBT]: (token) => `in doubt ${token}`,
  [GRANTED_EVENT]: (row) => `subscribed ${row} true`,
  [DENIED_EVENT]: (row) => `subscribed ${row} false`,
  [REMOVED_EVENT]: (row) => `removed ${row}`,
  [DISCONNECTED_EVENT]: (status, reason) => `disconnected ${status} ${reason}`,
  [CLOSED_EVENT]: (left) => `closed ${left}`,
  [OVERSIZE_EVENT]: (qos) => `oversize ${qos}`,
  [RESTORED_EVENT]: (count, reason) => `restored ${count}${reason === 0 ? "" : ` ${reason}`}`,
  [AUTHENTICATION_EVENT]: (code) => `authentication ${code}`,
};

/** What a client told, as a line; a reason of 0 is not named. */
export function eventText(kind: number, detail: number, reason: number): string {
  return EVENTS[kind]?.(detail, reason) ?? `event ${kind} ${detail}`;
}
