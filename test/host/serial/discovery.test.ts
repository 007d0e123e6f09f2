import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { discoverPorts } from "../../../host/serial/discovery.js";
import { listFromSysfs } from "../../../host/serial/sysfs.js";

test("a port with a known USB id is named, whatever the case of its letters", async () => {
  const [port] = await discoverPorts(async () => [
    { path: "/dev/ttyUSB9", vendorId: "10C4", productId: "EA60", manufacturer: "Silicon Labs" },
  ]);
  assert.equal(port?.board?.id, "espressif-esp32-devkitc");
  assert.equal(port?.usbId, "10c4:ea60");
});

test("a port with an unknown USB id, or none, is listed without a name", async () => {
  const ports = await discoverPorts(async () => [
    { path: "/dev/ttyACM0", vendorId: "1d50", productId: "6018" },
    { path: "/dev/ttyS0" },
  ]);
  assert.deepEqual(
    ports.map((port) => [port.path, port.board, port.usbId]),
    [
      ["/dev/ttyACM0", null, "1d50:6018"],
      ["/dev/ttyS0", null, null],
    ],
  );
});

test("a stable name that does not exist gives way to the device", async () => {
  const [port] = await discoverPorts(async () => [{ path: "/dev/ttyUSB9", pnpId: "usb-none" }]);
  assert.equal(port?.path, "/dev/ttyUSB9");
});

test("without udev the USB ids come from sysfs", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mote-"));
  const device = join(folder, "usb1", "1-1");
  const port = join(device, "1-1:1.0", "ttyUSB0");
  const tty = join(folder, "tty");
  await mkdir(port, { recursive: true });
  await mkdir(join(tty, "ttyUSB0"), { recursive: true });
  await mkdir(join(tty, "ttyS0"));
  await symlink(port, join(tty, "ttyUSB0", "device"));
  await writeFile(join(device, "idVendor"), "1a86\n");
  await writeFile(join(device, "idProduct"), "7523\n");
  const [found, ...others] = await discoverPorts(() => listFromSysfs(tty));
  assert.deepEqual(others, []);
  assert.equal(found?.device, "/dev/ttyUSB0");
  assert.equal(found?.usbId, "1a86:7523");
  assert.equal(found?.board?.id, "espressif-esp32-devkitc");
  await rm(folder, { recursive: true });
});
