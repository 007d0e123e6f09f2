/* Runs boards/c/mote-link.c for the tests.
 *   driver vector <identity> <epoch in hexadecimal>    reads steps of a vector, answers on standard output
 *   driver pty <device> <packets>                      sends numbered packets over a port and checks those that come
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../../../boards/c/mote-link.h"

static mote_link board;
static uint32_t now;

static void print(const char *word, const uint8_t *bytes, size_t length) {
  printf("%s", word);
  for (size_t i = 0; i < length; i++) printf(" %02x", bytes[i]);
  printf("\n");
}

static void tellData(mote_link *link, uint8_t channel, uint8_t flags, const uint8_t *bytes, size_t length) {
  char word[32];
  (void)link;
  snprintf(word, sizeof word, "DATA %d %s%s%s", channel, flags & MOTE_FIRST ? "F" : "",
           flags & MOTE_LAST ? "L" : "", flags ? "" : "-");
  print(word, bytes, length);
}

static void tellDatagram(mote_link *link, uint8_t channel, uint8_t flags, const uint8_t *bytes, size_t length) {
  char word[32];
  (void)link;
  (void)flags;
  snprintf(word, sizeof word, "DATAGRAM %d", channel);
  print(word, bytes, length);
}

static void tellState(mote_link *link, int isUp, int isNew) {
  (void)link;
  printf("%s\n", !isUp ? "DOWN" : isNew ? "UP" : "RESUMED");
}

static size_t fromHex(const char *text, uint8_t *bytes) {
  size_t length = 0;
  int used;
  unsigned value;
  while (sscanf(text, " %2x%n", &value, &used) == 1) {
    bytes[length++] = (uint8_t)value;
    text += used;
  }
  return length;
}

static void transmitAll(void) {
  const uint8_t *bytes;
  printf("tx");
  for (size_t length; (length = mote_link_transmit(&board, &bytes, now)) > 0;)
    for (size_t i = 0; i < length; i++) printf(" %02x", bytes[i]);
  printf("\n");
}

static int runVector(void) {
  static char line[1 << 16], flags[8];
  static uint8_t bytes[1 << 15];
  int channel, used;
  while (fgets(line, sizeof line, stdin)) {
    if (!strncmp(line, "rx ", 3)) mote_link_receive(&board, bytes, fromHex(line + 3, bytes), now);
    else if (!strncmp(line, "wait ", 5)) {
      now += (uint32_t)atoi(line + 5);
      mote_link_turn(&board, now);
    } else if (sscanf(line, "send %d %7s%n", &channel, flags, &used) == 2) {
      uint8_t marks = (strchr(flags, 'F') ? MOTE_FIRST : 0) | (strchr(flags, 'L') ? MOTE_LAST : 0);
      mote_link_send(&board, (uint8_t)channel, marks, bytes, fromHex(line + used, bytes));
    } else if (sscanf(line, "datagram %d%n", &channel, &used) == 1)
      mote_link_datagram(&board, (uint8_t)channel, bytes, fromHex(line + used, bytes));
    else if (!strncmp(line, "tx", 2)) transmitAll();
    fflush(stdout);
  }
  return 0;
}

static uint32_t sent, heard, total;

static size_t fill(uint8_t *packet, uint32_t number) {
  size_t length = 4 + number * 37 % 230;
  for (int i = 0; i < 4; i++) packet[i] = (uint8_t)(number >> (24 - 8 * i));
  for (size_t i = 4; i < length; i++) packet[i] = (uint8_t)(number * 31 + i * 7);
  return length;
}

static uint8_t packet[256], wanted[256];
static size_t collected, at;

static void checkData(mote_link *link, uint8_t channel, uint8_t flags, const uint8_t *bytes, size_t length) {
  (void)link;
  if (channel != MOTE_MQTT || collected + length > sizeof packet) exit(3);
  memcpy(packet + collected, bytes, length);
  collected += length;
  if (!(flags & MOTE_LAST)) return;
  if (collected != fill(wanted, heard) || memcmp(packet, wanted, collected)) exit(4);
  collected = 0;
  heard++;
}

static uint32_t milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint32_t)(time.tv_sec * 1000 + time.tv_nsec / 1000000);
}

static void sendPackets(void) {
  uint8_t bytes[256];
  while (sent < total) {
    size_t length = fill(bytes, sent);
    size_t taken = mote_link_send(&board, MOTE_MQTT, (at ? 0 : MOTE_FIRST) | MOTE_LAST, bytes + at, length - at);
    if (taken == 0) return;
    at += taken;
    if (at < length) continue;
    at = 0;
    sent++;
  }
}

static int isDone(void) {
  for (int i = 0; i < MOTE_LINK_WINDOW; i++)
    if (board.out[i].used) return 0;
  return sent == total && heard == total;
}

static int runPort(const char *device) {
  int port = open(device, O_RDWR | O_NOCTTY);
  struct termios terminal;
  uint8_t bytes[4096];
  uint32_t end = 0;
  if (port < 0 || tcgetattr(port, &terminal)) return 2;
  cfmakeraw(&terminal);
  tcsetattr(port, TCSANOW, &terminal);
  board.onData = checkData;
  while (end == 0 || (int32_t)(now - end) < 0) {
    struct pollfd ready = {port, POLLIN, 0};
    poll(&ready, 1, 1);
    now = milliseconds();
    if (ready.revents & POLLIN) {
      ssize_t length = read(port, bytes, sizeof bytes);
      if (length <= 0) return 5;
      mote_link_receive(&board, bytes, (size_t)length, now);
    }
    mote_link_turn(&board, now);
    sendPackets();
    const uint8_t *out;
    for (size_t length; (length = mote_link_transmit(&board, &out, now)) > 0;)
      if (write(port, out, length) != (ssize_t)length) return 6;
    /* The last acknowledgement may be lost: the peer then asks. */
    if (end == 0 && isDone()) end = now + 1500;
  }
  printf("{\"sent\":%u,\"heard\":%u,\"resends\":%u,\"timeouts\":%u,\"damaged\":%u,\"duplicates\":%u}\n", sent, heard,
         board.resends, board.timeouts, board.damaged, board.duplicates);
  return 0;
}

int main(int count, char **words) {
  if (count < 4) return 1;
  if (!strcmp(words[1], "pty")) {
    total = (uint32_t)atoi(words[3]);
    mote_link_init(&board, "bench-c", milliseconds());
    return runPort(words[2]);
  }
  mote_link_init(&board, words[2], (uint32_t)strtoul(words[3], NULL, 16));
  board.onData = tellData;
  board.onDatagram = tellDatagram;
  board.onState = tellState;
  return runVector();
}
