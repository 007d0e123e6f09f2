import type { ClientOptions } from "../session/options.js";

/**
 * Says in one phrase what is wrong with a client's options; empty when nothing is. The runtime asks it at
 * start; a client that is made without it trusts its maker.
 */
export function optionsFault(options: ClientOptions): string {
  if (options.clientId === "" && !options.cleanSession) {
    return "client identifier: may be empty only with cleanSession"; // [MQTT-3.1.3-7]
  }
  if (options.password && options.userName === undefined) {
    return "password: needs a user name"; // [MQTT-3.1.2-22]
  }
  if (options.will && !(options.will.qos >= 0 && options.will.qos <= 2)) {
    return "will: QoS must be 0, 1 or 2"; // [MQTT-3.1.2-14]
  }
  if (!(options.keepAliveSeconds >= 0 && options.keepAliveSeconds <= 65535)) {
    return "keepAliveSeconds: 0 to 65535";
  }
  return "";
}
