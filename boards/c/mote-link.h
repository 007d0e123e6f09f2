/* The board's end of the serial link of firmware/link/link.md, version 2, for boards without JavaScript.
 * No allocation, no clock, no port: those are arguments. Plain C99; compiles as C++ for Arduino. */
#ifndef MOTE_LINK_H
#define MOTE_LINK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Frames kept in each direction, 1 to 64, and bytes in each, 1 to 240: both cost RAM twice. */
#ifndef MOTE_LINK_WINDOW
#define MOTE_LINK_WINDOW 8
#endif
#ifndef MOTE_LINK_PAYLOAD
#define MOTE_LINK_PAYLOAD 240
#endif
/* Bytes that the port holds unread; 0xffff when it is never too slow. */
#ifndef MOTE_LINK_BUFFER
#define MOTE_LINK_BUFFER 0xffff
#endif
#define MOTE_LINK_LONGEST (MOTE_LINK_PAYLOAD + 11 > 256 ? MOTE_LINK_PAYLOAD + 11 : 256)

enum { MOTE_CONTROL, MOTE_CONSOLE, MOTE_MQTT, MOTE_URGENT, MOTE_FILES };
enum { MOTE_LAST = 1, MOTE_FIRST = 2 };

struct mote_link;
/* Bytes of a packet, borrowed during the call. */
typedef void (*mote_data)(struct mote_link *link, uint8_t channel, uint8_t flags, const uint8_t *bytes, size_t length);
/* A new session: what an earlier one sent or half received is void. Or, with isUp 0, the host is silent. */
typedef void (*mote_state)(struct mote_link *link, int isUp, int isNew);

struct mote_frame {
  uint8_t type, length, lost, used;
  uint32_t number, turn;
  uint8_t payload[MOTE_LINK_PAYLOAD];
};

typedef struct mote_link {
  /* The caller's own. */
  void *context;
  mote_data onData, onDatagram;
  mote_state onState;
  /* Read only. */
  uint32_t resends, timeouts, damaged, duplicates, stale;

  const char *identity;
  uint32_t epoch, nonce, key;
  uint8_t isOpen, isConfirmed, attempt, hellos, duties, token, pingToken, isAsking, datagramLength, datagramType;
  uint8_t wantsReport, peerPayload, reserve;
  uint32_t helloAt, heardAt, pingAt, readAt, ackAt, overdueAt, sentAt, askedAt;
  uint8_t isHelloDue, isAckDue, isOverdueSet, owed;
  /* Sending. */
  uint32_t unacknowledged, next, limit, turn, heardTurn, timedTurn;
  uint32_t timeout, smoothed8, variation4;
  uint8_t isTimed, isMeasured;
  uint32_t order;
  struct mote_frame out[MOTE_LINK_WINDOW];
  uint8_t datagram[MOTE_LINK_PAYLOAD];
  /* Receiving. */
  uint32_t expected, granted;
  struct mote_frame in[MOTE_LINK_WINDOW];
  uint8_t run[MOTE_LINK_LONGEST], wire[MOTE_LINK_LONGEST];
  size_t fill;
} mote_link;

/* `identity` is kept: 1 to 64 of printable ASCII. `epoch` is 32 bits drawn at boot. */
void mote_link_init(mote_link *link, const char *identity, uint32_t epoch);
/* Takes bytes from the port. `now` is in milliseconds and may wrap. */
void mote_link_receive(mote_link *link, const uint8_t *bytes, size_t length, uint32_t now);
/* Does what has become due: call it at least every few milliseconds. */
void mote_link_turn(mote_link *link, uint32_t now);
/* The next bytes for the port, all of which it must take before the next call; 0 when there are none. */
size_t mote_link_transmit(mote_link *link, const uint8_t **bytes, uint32_t now);
/* Takes bytes of a packet, as many as fit in one frame. Returns how many: 0 without a session or room. */
size_t mote_link_send(mote_link *link, uint8_t channel, uint8_t flags, const uint8_t *bytes, size_t length);
/* Sends a value once, which the next one replaces until then. Returns 0 when it is not taken. */
int mote_link_datagram(mote_link *link, uint8_t channel, const uint8_t *bytes, size_t length);

#ifdef __cplusplus
}
#endif
#endif
