import { readdir, readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ListedPort } from "./listed-port.js";

const USB_SERIAL = /^tty(USB|ACM)\d+$/;
/** A port lies at most this many folders below its USB device. */
const LEVELS = 4;

/** Lists Linux's USB serial ports without udev. @param folder `/sys/class/tty` */
export async function listFromSysfs(folder: string): Promise<ListedPort[]> {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(
    names.filter((name) => USB_SERIAL.test(name)).map((name) => describe(folder, name)),
  );
}

async function describe(folder: string, name: string): Promise<ListedPort> {
  const path = `/dev/${name}`;
  let at = await realpath(join(folder, name, "device")).catch(() => null);
  for (let level = 0; at !== null && level < LEVELS; level++, at = dirname(at)) {
    const vendorId = await readAttribute(at, "idVendor");
    if (vendorId === undefined) continue;
    return {
      path,
      vendorId,
      productId: await readAttribute(at, "idProduct"),
      manufacturer: await readAttribute(at, "manufacturer"),
      serialNumber: await readAttribute(at, "serial"),
    };
  }
  return { path };
}

async function readAttribute(folder: string, name: string): Promise<string | undefined> {
  const text = await readFile(join(folder, name), "utf8").catch(() => "");
  return text.trim() === "" ? undefined : text.trim();
}
