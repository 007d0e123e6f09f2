/* Written from firmware/link/link.md alone. */
#include "mote-link.h"

#include <string.h>

enum { DATA = 0xa0, ACKNOWLEDGE = 0x80, PING = 0x82, PONG = 0x83, DATAGRAM = 0x88 };
enum { DUTY_PONG = 1, DUTY_PING = 2, DUTY_ACKNOWLEDGE = 4, DUTY_DATAGRAM = 8 };
enum { HEADER = 7, AROUND = 11, WELCOME_HEX = 2 * (17 + 4), GUARD = 0x5a };
enum { HELLO_MS = 250, SLOW_HELLO_MS = 1000, PING_MS = 2000, SILENCE_MS = 6000, ACK_MS = 5, CREDIT_MS = 200 };
static const uint32_t FRAME_PAUSE_MS = 300, FIRST_MS = 250, MINIMUM_MS = 20, MAXIMUM_MS = 1000;

#define EACH(frame, frames) for (struct mote_frame *frame = frames; frame < frames + MOTE_LINK_WINDOW; frame++)

static uint32_t crc32(const uint8_t *bytes, size_t length) {
  uint32_t crc = 0xffffffff;
  for (; length > 0; length--, bytes++)
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc ^ *bytes >> bit) & 1 ? 0xedb88320u : 0);
  return ~crc;
}

static void put32(uint8_t *out, uint32_t value) {
  for (int i = 0; i < 4; i++) out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get32(const uint8_t *in) { return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | in[2] << 8 | in[3]; }

static uint32_t seal(uint32_t key, uint32_t sent, uint32_t heard) {
  return key ^ (sent >> 8) << 16 ^ (heard >> 8 & 0x7fff) << 1;
}

static uint32_t widen(uint8_t low, uint32_t near) { return near + (uint32_t)(int8_t)(uint8_t)(low - near); }

static int isDue(uint32_t at, uint32_t now) { return (int32_t)(now - at) >= 0; }

void mote_link_init(mote_link *link, const char *identity, uint32_t epoch) {
  memset(link, 0, sizeof *link);
  link->identity = identity;
  link->epoch = epoch;
  link->isHelloDue = 1;
  link->timeout = FIRST_MS;
}

static void suspend(mote_link *link, uint32_t now) {
  if (link->onState) link->onState(link, 0, 0);
  link->isOpen = link->isConfirmed = link->duties = link->hellos = link->isAsking = link->isAckDue = 0;
  link->wantsReport = link->isOverdueSet = 0;
  link->fill = 0;
  link->isHelloDue = 1;
  link->helloAt = now;
}

static void open(mote_link *link, int isNew, uint32_t now) {
  EACH(frame, link->out) if (frame->used == 2) frame->lost = 1;
  link->isOpen = 1;
  link->isHelloDue = 0;
  link->heardAt = link->pingAt = now;
  if (link->onState) link->onState(link, 1, isNew);
}

static void begin(mote_link *link, uint32_t nonce, uint8_t window) {
  uint8_t both[8];
  put32(both, link->epoch);
  put32(both + 4, nonce);
  link->nonce = nonce;
  link->key = crc32(both, 8) & ~1u;
  for (int i = 0; i < MOTE_LINK_WINDOW; i++) link->out[i].used = link->in[i].used = link->out[i].lost = 0;
  link->unacknowledged = link->next = link->expected = link->owed = 0;
  link->limit = window;
  link->reserve = window > 1;
  link->granted = MOTE_LINK_WINDOW;
  link->isTimed = link->isAsking = link->isOverdueSet = link->isAckDue = link->duties = link->wantsReport = 0;
}

static int hexValue(uint8_t digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  digit |= 0x20;
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* `!W` and digits between marks. */
static void hearWelcome(mote_link *link, const uint8_t *run, size_t length, uint32_t now) {
  uint8_t body[2 + MOTE_LINK_LONGEST / 2] = {'!', 'W'};
  if (length < 2 + WELCOME_HEX || length % 2) return;
  size_t bytes = 2;
  for (size_t at = 2; at < length; at += 2) {
    int high = hexValue(run[at]), low = hexValue(run[at + 1]);
    if (high < 0 || low < 0) return;
    body[bytes++] = (uint8_t)(high << 4 | low);
  }
  if (crc32(body, bytes - 4) != get32(body + bytes - 4)) return;
  const uint8_t *field = body + 2;
  uint32_t nonce = get32(field + 5);
  if (field[0] != 2 || !field[10] || field[10] > 240 || !field[11] || field[11] > 64) return;
  if (get32(field + 1) != link->epoch || field[9] != link->attempt || nonce == 0) return;
  if (link->isOpen && link->isConfirmed) return;
  int isNew = nonce != link->nonce;
  if (isNew) begin(link, nonce, field[11]);
  link->peerPayload = field[10] < MOTE_LINK_PAYLOAD ? field[10] : MOTE_LINK_PAYLOAD;
  open(link, isNew, now);
  link->duties |= DUTY_PING;
}

static void measure(mote_link *link, uint32_t ms) {
  int32_t error = (int32_t)ms - (int32_t)(link->smoothed8 >> 3);
  if (ms > 60000) return;
  link->variation4 += link->isMeasured ? (uint32_t)(error < 0 ? -error : error) - (link->variation4 >> 2) : ms << 1;
  link->smoothed8 += link->isMeasured ? (uint32_t)error : ms << 3;
  link->isMeasured = 1;
  uint32_t timeout = (link->smoothed8 >> 3) + link->variation4;
  link->timeout = timeout < MINIMUM_MS ? MINIMUM_MS : timeout > MAXIMUM_MS ? MAXIMUM_MS : timeout;
}

static void arrived(mote_link *link, struct mote_frame *frame, uint32_t now) {
  if ((int32_t)(frame->turn - link->heardTurn) > 0) link->heardTurn = frame->turn;
  if (link->isTimed && link->timedTurn == frame->turn) link->isTimed = 0, measure(link, now - link->sentAt);
  frame->used = frame->lost = 0;
}

/* Marks what went out before something that has arrived; `isTold`: the peer told what came early. */
static void findLost(mote_link *link, int isTold) {
  EACH(frame, link->out) {
    int isKnown = isTold || frame->number == link->unacknowledged;
    if (frame->used == 2 && isKnown && (int32_t)(frame->turn - link->heardTurn) < 0) frame->lost = 1;
  }
}

static void hearHeld(mote_link *link, const uint8_t *bits, size_t length, uint32_t now) {
  EACH(frame, link->out) {
    uint32_t behind = frame->number - link->unacknowledged - 1;
    if (frame->used == 2 && behind < length * 8 && bits[behind >> 3] >> (behind & 7) & 1) arrived(link, frame, now);
  }
}

static void hearData(mote_link *link, uint8_t type, uint32_t number, const uint8_t *payload, uint8_t length, uint32_t now) {
  struct mote_frame *place = &link->in[number % MOTE_LINK_WINDOW];
  int32_t ahead = (int32_t)(number - link->expected);
  if (ahead >= 0 && (int32_t)(link->granted - number) <= 0) return;
  link->wantsReport |= ahead != 0;
  if (ahead < 0 || place->used) {
    link->duplicates++;
    return;
  }
  place->type = type;
  place->length = length;
  place->used = 1;
  memcpy(place->payload, payload, length);
  while ((place = &link->in[link->expected % MOTE_LINK_WINDOW])->used) {
    place->used = 0;
    link->expected++;
    link->owed++;
    if (link->onData) link->onData(link, place->type >> 2 & 7, place->type & 3, place->payload, place->length);
  }
  EACH(early, link->in) link->wantsReport |= early->used;
  if (link->owed >= 2 || link->expected == link->granted) link->duties |= DUTY_ACKNOWLEDGE;
  if (ahead == 0 && !link->isAckDue) link->ackAt = now + ACK_MS;
  if (ahead == 0) link->isAckDue = 1;
}

/* Returns 0 when it is none of this session's. */
static int hearFrame(mote_link *link, const uint8_t *frame, uint32_t now) {
  uint8_t type = frame[1], length = frame[2];
  uint32_t sequence = widen(frame[4], link->expected), acknowledged = widen(frame[5], link->unacknowledged);
  uint32_t check = crc32(frame + 1, HEADER - 1u + length) ^ seal(link->key | 1, sequence, acknowledged);
  if (link->nonce == 0 || check != get32(frame + HEADER + length)) return 0;
  if (acknowledged - link->unacknowledged > link->next - link->unacknowledged) return ++link->stale > 0;
  uint32_t limit = acknowledged + (uint8_t)(frame[6] - acknowledged);
  int isProgress = acknowledged != link->unacknowledged;
  EACH(sent, link->out) if (sent->used == 2 && (int32_t)(sent->number - acknowledged) < 0) arrived(link, sent, now);
  link->unacknowledged = acknowledged;
  if (limit - acknowledged <= 64 && (int32_t)(limit - link->limit) > 0) link->limit = limit;
  link->isConfirmed = 1;
  if (!link->isOpen) open(link, 0, now);
  link->heardAt = link->pingAt = now;
  const uint8_t *payload = frame + HEADER;
  if (type >= DATA) {
    findLost(link, 0);
    hearData(link, type, sequence, payload, length, now);
  } else if (type >= DATAGRAM && type < DATAGRAM + 8) {
    if (link->onDatagram) link->onDatagram(link, type & 7, 3, payload, length);
  } else if (type == ACKNOWLEDGE || ((type == PING || type == PONG) && length > 0)) {
    int told = type != ACKNOWLEDGE;
    if (type == PING) link->duties |= DUTY_PONG, link->token = payload[0];
    hearHeld(link, payload + told, (size_t)(length - told), now);
    if (type == PONG && link->isAsking && payload[0] == (uint8_t)link->pingToken) {
      link->isAsking = 0;
      if ((int32_t)(link->askedAt - link->heardTurn) > 0) link->heardTurn = link->askedAt;
      measure(link, now - link->sentAt);
    }
    findLost(link, 1);
  }
  if (!isProgress) return 1;
  link->isOverdueSet = link->isAsking;
  EACH(sent, link->out) if (sent->used == 2) link->isOverdueSet = 1;
  link->overdueAt = now + link->timeout;
  return 1;
}

static void drop(mote_link *link, size_t length) {
  link->fill -= length;
  memmove(link->run, link->run + length, link->fill);
}

/* Looks through what is kept; text is passed over. */
static void scan(mote_link *link, int isEnd, uint32_t now) {
  uint8_t *run = link->run;
  while (link->fill > 0) {
    uint8_t *mark = (uint8_t *)memchr(run, 0, link->fill);
    if (mark != run) {
      drop(link, mark ? (size_t)(mark - run) : link->fill);
      continue;
    }
    int isHeader = link->fill < 4 || ((run[1] & 0xc0) == 0x80 && run[3] == (run[1] ^ run[2] ^ GUARD) && run[2] <= MOTE_LINK_PAYLOAD);
    if (link->fill > 1 && run[1] == '!') {
      mark = (uint8_t *)memchr(run + 1, 0, link->fill - 1);
      if (!mark && link->fill < sizeof link->run && !isEnd) return;
      if (mark && run[2] == 'W') hearWelcome(link, run + 1, (size_t)(mark - run) - 1, now);
      drop(link, mark ? (size_t)(mark - run) : 1);
    } else if (isHeader && (link->fill < 2 || (run[1] & 0xc0) == 0x80)) {
      size_t wanted = link->fill < 4 ? 4 : (size_t)run[2] + AROUND;
      if (link->fill < wanted && !isEnd) return;
      int isFrame = link->fill >= wanted && wanted > 4 && hearFrame(link, run, now);
      link->damaged += !isFrame;
      link->wantsReport |= !isFrame && link->isOpen;
      drop(link, isFrame ? wanted : 1);
    } else drop(link, 1);
  }
}

void mote_link_receive(mote_link *link, const uint8_t *bytes, size_t length, uint32_t now) {
  link->readAt = now;
  for (size_t count; length > 0; bytes += count, length -= count) {
    count = length < sizeof link->run - link->fill ? length : sizeof link->run - link->fill;
    memcpy(link->run + link->fill, bytes, count);
    link->fill += count;
    scan(link, 0, now);
    if (link->fill == sizeof link->run) scan(link, 1, now);
  }
}

void mote_link_turn(mote_link *link, uint32_t now) {
  if (link->fill > 0 && isDue(link->readAt + FRAME_PAUSE_MS, now)) scan(link, 1, now);
  if (link->isOpen && isDue(link->heardAt + SILENCE_MS, now)) suspend(link, now);
  if (!link->isOpen) return;
  if (link->isAckDue && isDue(link->ackAt, now)) link->duties |= DUTY_ACKNOWLEDGE;
  int flying = 0, waiting = 0;
  EACH(frame, link->out) flying |= frame->used == 2, waiting |= frame->used == 1;
  if (link->isOverdueSet && isDue(link->overdueAt, now)) {
    link->isAsking = 0;
    link->isOverdueSet = (uint8_t)flying;
    link->timeouts += (uint32_t)flying;
    if (flying) link->timeout = link->timeout * 2 < MAXIMUM_MS ? link->timeout * 2 : MAXIMUM_MS;
    if (flying) link->duties |= DUTY_PING;
    link->overdueAt = now + link->timeout;
  }
  uint32_t wait = !link->isConfirmed ? HELLO_MS : waiting && !flying ? CREDIT_MS : PING_MS;
  if (isDue(link->pingAt + wait, now)) {
    link->duties |= DUTY_PING;
    link->pingAt = now;
  }
}

static size_t writeHello(mote_link *link, uint32_t now) {
  static const char digits[] = "0123456789abcdef";
  uint8_t body[2 + 19 + 64 + 1 + 4] = {'!', 'H', 2};
  size_t length = strlen(link->identity), at = 0;
  link->attempt++;
  put32(body + 3, link->epoch);
  put32(body + 7, link->nonce);
  body[11] = link->attempt;
  body[12] = MOTE_LINK_PAYLOAD;
  body[13] = MOTE_LINK_WINDOW;
  body[14] = MOTE_LINK_BUFFER >> 8;
  body[15] = MOTE_LINK_BUFFER & 255;
  body[20] = (uint8_t)length;
  memcpy(body + 21, link->identity, length);
  length += 22;
  put32(body + length, crc32(body, length));
  length += 4;
  memcpy(link->wire, "\0!H", at = 3);
  for (size_t i = 2; i < length; i++) {
    link->wire[at++] = (uint8_t)digits[body[i] >> 4];
    link->wire[at++] = (uint8_t)digits[body[i] & 15];
  }
  link->wire[at++] = 0;
  link->helloAt = now + (link->hellos < 8 ? HELLO_MS : SLOW_HELLO_MS);
  if (link->hellos < 8) link->hellos++;
  return at;
}

static size_t finish(mote_link *link, uint8_t type, uint8_t length, uint32_t number) {
  uint8_t *wire = link->wire;
  link->granted = link->expected + MOTE_LINK_WINDOW;
  link->owed = link->isAckDue = 0;
  link->duties &= ~DUTY_ACKNOWLEDGE;
  const uint8_t header[HEADER] = {0, type, length, (uint8_t)(type ^ length ^ GUARD), (uint8_t)number,
                                  (uint8_t)link->expected, (uint8_t)link->granted};
  memcpy(wire, header, HEADER);
  put32(wire + HEADER + length, crc32(wire + 1, HEADER - 1u + length) ^ seal(link->key, number, link->expected));
  return (size_t)length + AROUND;
}

/* What was lost, the lowest number first; then urgent, control and MQTT, console, files. */
static struct mote_frame *pick(mote_link *link) {
  static const uint8_t queues[8] = {1, 2, 1, 0, 3, 4, 4, 4};
  struct mote_frame *best = NULL;
  uint32_t rank = 0xffffffff;
  EACH(frame, link->out) if (frame->lost && (!best || (int32_t)(frame->number - best->number) < 0)) best = frame;
  int32_t room = best ? 0 : (int32_t)(link->limit - link->next);
  EACH(frame, link->out) {
    uint8_t queue = queues[frame->type >> 2 & 7];
    uint32_t own = (uint32_t)queue << 28 | ((frame->number - link->order + 0x8000000) & 0xfffffff);
    if (frame->used != 1 || room <= (queue ? link->reserve : 0) || own >= rank) continue;
    rank = own;
    best = frame;
  }
  return best;
}

static void expectAnswer(mote_link *link, uint32_t now) {
  if (!link->isOverdueSet) link->overdueAt = now + link->timeout;
  link->isOverdueSet = 1;
}

size_t mote_link_transmit(mote_link *link, const uint8_t **bytes, uint32_t now) {
  *bytes = link->wire;
  if (!link->isOpen) return isDue(link->helloAt, now) || link->attempt == 0 ? writeHello(link, now) : 0;
  uint8_t *payload = link->wire + HEADER, length = 0;
  int isFirst = (link->duties & DUTY_PONG) || link->wantsReport;
  struct mote_frame *frame = isFirst ? NULL : pick(link);
  if (frame) {
    frame->turn = ++link->turn;
    link->resends += frame->lost;
    if (!frame->lost) frame->number = link->next++;
    if (!frame->lost && !link->isTimed && !link->isAsking) {
      link->isTimed = 1;
      link->timedTurn = frame->turn;
      link->sentAt = now;
    }
    frame->lost = 0;
    frame->used = 2;
    memcpy(payload, frame->payload, frame->length);
    expectAnswer(link, now);
    return finish(link, frame->type, frame->length, frame->number);
  }
  if (!isFirst && (link->duties & DUTY_DATAGRAM)) {
    link->duties &= ~DUTY_DATAGRAM;
    memcpy(payload, link->datagram, link->datagramLength);
    return finish(link, link->datagramType, link->datagramLength, link->next);
  }
  uint8_t type = ACKNOWLEDGE;
  if (link->duties & DUTY_PONG) {
    type = PONG;
    link->duties &= ~DUTY_PONG;
    payload[length++] = link->token;
  } else if (!link->wantsReport && (link->duties & DUTY_PING)) {
    type = PING;
    link->askedAt = ++link->turn;
    link->isAsking = 1;
    link->isTimed = 0;
    link->sentAt = now;
    payload[length++] = link->pingToken = (uint8_t)link->turn;
    link->duties &= ~DUTY_PING;
    expectAnswer(link, now);
  } else if (!link->wantsReport && !(link->duties & DUTY_ACKNOWLEDGE)) return 0;
  if (type != PING) link->wantsReport = 0;
  uint8_t start = length;
  for (uint32_t i = 1; i < MOTE_LINK_WINDOW; i++) {
    if (!link->in[(link->expected + i) % MOTE_LINK_WINDOW].used) continue;
    while (length < start + (i - 1) / 8 + 1) payload[length++] = 0;
    payload[start + (i - 1) / 8] |= (uint8_t)(1 << ((i - 1) & 7));
  }
  return finish(link, type, length, link->next);
}

size_t mote_link_send(mote_link *link, uint8_t channel, uint8_t flags, const uint8_t *bytes, size_t length) {
  int count = 0;
  struct mote_frame *frame = NULL;
  EACH(place, link->out) if (!place->used) frame = place, count++;
  int isKept = channel != MOTE_URGENT && count == 1 && MOTE_LINK_WINDOW > 1;
  if (!link->isOpen || length == 0 || !frame || isKept) return 0;
  size_t taken = length < link->peerPayload ? length : link->peerPayload;
  if (taken < length) flags &= MOTE_FIRST;
  frame->type = (uint8_t)(DATA | channel << 2 | flags);
  frame->length = (uint8_t)taken;
  frame->used = 1;
  frame->lost = 0;
  /* Until it has a number, this tells its place in the queue. */
  frame->number = ++link->order;
  memcpy(frame->payload, bytes, taken);
  return taken;
}

int mote_link_datagram(mote_link *link, uint8_t channel, const uint8_t *bytes, size_t length) {
  if (!link->isOpen || length > link->peerPayload) return 0;
  memcpy(link->datagram, bytes, length);
  link->datagramLength = (uint8_t)length;
  link->datagramType = (uint8_t)(DATAGRAM | channel);
  link->duties |= DUTY_DATAGRAM;
  return 1;
}
