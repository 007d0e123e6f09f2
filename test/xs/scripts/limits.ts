import host from "host";
import { Client } from "../../../firmware/client/client.js";
import { Topic } from "../../../firmware/session/topic.js";

// What a board refuses: argument 0 says what is tried.

const kept: unknown[] = [];

function throws(run: () => void): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}

function dig(depth: number): number {
  return dig(depth + 1) + 1;
}

function hoard(make: () => unknown): void {
  for (let i = 0; i < 1_000_000; i++) kept.push(make());
}

switch (host.argument(0)) {
  case "slots":
    hoard(() => ({}));
    break;
  case "chunks":
    hoard(() => new ArrayBuffer(8_000));
    break;
  case "stack":
    dig(0);
    break;
  case "flash":
    host.print(
      JSON.stringify({
        prototype: throws(() => Object.assign(Client.prototype, { start: undefined })),
        statics: throws(() => Object.assign(Client, { shared: 1 })),
        instance: throws(() => Object.assign(new Topic("a", {}), { note: 1 })),
      }),
    );
    break;
}
