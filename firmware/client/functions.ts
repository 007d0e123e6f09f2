/**
 * The client as plain functions over a session: for boards on which each method costs memory. `Client` is the
 * same as a class.
 */
export {
  abandon,
  close,
  handleClose,
  handleOpen,
  handleWritable,
  start,
} from "../session/connection.js";
export { handleBytes } from "../session/incoming.js";
export { newSession } from "../session/new-session.js";
export { publish } from "../session/publish.js";
export { unwant, want } from "../session/subscriptions.js";
export { handleTimeout } from "../session/timeouts.js";
export { Topic } from "../session/topic.js";
