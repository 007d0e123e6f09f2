import Serial from "embedded:io/serial";
import host from "host";
import Timer from "timer";

// Sends back what comes, at once or, as a script that is busy, late. Arguments: device, baud, milliseconds late,
// bytes after which it says what it cost.

const bytes = new Uint8Array(32);
const rest = new Uint8Array(1);
const total = Number(host.argument(3));
const lateMs = Number(host.argument(2));
let echoed = 0;
let slots = 0;
let chunks = 0;

const serial = new Serial({
  device: host.argument(0),
  baud: Number(host.argument(1)),
  onReadable(count: number) {
    if (lateMs > 0) return;
    if (echoed === 0) {
      slots = host.slots();
      chunks = host.chunks();
    }
    echo(count);
    if (echoed === total) report();
  },
});

function echo(count: number): void {
  let left = count;
  while (left > 0) {
    const piece = left < bytes.length ? rest : bytes;
    const read = serial.read(piece);
    serial.write(piece);
    left -= read;
    echoed += read;
  }
}

function report(): void {
  slots = host.slots() - slots;
  chunks = host.chunks() - chunks;
  host.print(JSON.stringify({ echoed, slots, chunks, overruns: serial.overruns }));
  Timer.set(() => host.exit(0), 50, 0);
}

host.print(JSON.stringify({ ready: true }));
if (lateMs > 0) {
  Timer.set(
    () => {
      echo(128);
      report();
    },
    lateMs,
    0,
  );
}
