/** What one end of a link has counted since it started. Read them; only the link writes. */
export class LinkStatistics {
  /** Sessions opened. */
  sessions = 0;
  /** Times the same session went on after silence. */
  resumes = 0;
  /** Frames put on the wire, of every type, resends included. */
  framesSent = 0;
  /** Valid frames heard, of every type, duplicates included. */
  framesReceived = 0;
  /** DATA frames sent again. */
  resends = 0;
  /** Times no acknowledgement came in time, and the peer was asked. */
  timeouts = 0;
  /** PINGs sent. */
  pings = 0;
  /** PONGs heard to the last PING. */
  pongs = 0;
  /** DATA frames that had come before. */
  duplicates = 0;
  /** DATA frames that came before an earlier one did. */
  reordered = 0;
  /** Valid frames from long ago: their acknowledgement is impossible by now. */
  staleFrames = 0;
  /** DATA frames beyond the credit given. */
  overruns = 0;
  /** Frames whose check is wrong, or that broke off. */
  damagedFrames = 0;
  /** Unacknowledged frames that a new session voided. */
  framesVoided = 0;
  /** Datagrams that a later one replaced before they left. */
  datagramsReplaced = 0;
  /** HELLOs with another protocol version, or malformed. */
  hellosRefused = 0;
  /** Bytes outside of frames that are text. */
  textBytes = 0;
  /** Bytes that are neither frame nor text. */
  garbageBytes = 0;
  /** The smoothed time from a frame's last byte to its acknowledgement, in milliseconds. */
  roundTripMs = 0;
  /** Bytes of payload that a frame has now: it shrinks on a bad line. */
  payloadLimit = 0;
  /** What the line runs at after an agreement, in baud; 0 while it has the speed it began with. */
  speed = 0;
}
