import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.js";

const START_MS = 5_000;

interface MosquittoOptions {
  readonly persistence?: boolean;
  readonly tls?: boolean;
  /** User "board" with password "secret", and nobody without; the lines of its access list. */
  readonly access?: readonly string[];
  /** Lines of its configuration beside those that every test needs. */
  readonly lines?: readonly string[];
}

/** A real mosquitto on a port of its own, that is killed and started again as a test wishes. */
export class Mosquitto {
  readonly port: number;
  private readonly folder: string;
  private readonly tlsPort: number;
  private child: ChildProcess | null = null;

  private constructor(port: number, tlsPort: number, folder: string) {
    this.port = port;
    this.tlsPort = tlsPort;
    this.folder = folder;
  }

  /** Starts one; it ends with the test. */
  static async start(context: TestContext, options: MosquittoOptions = {}): Promise<Mosquitto> {
    const folder = await mkdtemp(join(tmpdir(), "mote-mosquitto-"));
    const broker = new Mosquitto(await freePort(), options.tls ? await freePort() : 0, folder);
    context.after(async () => {
      await broker.kill();
      await rm(folder, { recursive: true });
    });
    if (options.tls) broker.makeCertificate();
    if (options.access) await broker.makeUser(options.access);
    await writeFile(join(folder, "mosquitto.conf"), broker.configuration(options));
    await broker.restart();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** Of its TLS listener, whose certificate nobody but `authority` vouches for. */
  get tlsUrl(): string {
    return `mqtts://localhost:${this.tlsPort}`;
  }

  /** The file of the authority that vouches for its certificate. */
  get authority(): string {
    return join(this.folder, "certificate.pem");
  }

  /** Resolves when it listens. */
  async restart(): Promise<void> {
    const program = findProgram("mosquitto", "mosquitto");
    const child = spawn(program, ["-c", join(this.folder, "mosquitto.conf")], { stdio: "ignore" });
    this.child = child;
    const giveUpAt = performance.now() + START_MS;
    while (!(await isListening(this.port))) {
      if (performance.now() > giveUpAt || child.exitCode !== null) {
        throw new Error(`mosquitto does not listen on ${this.port} (exit ${child.exitCode})`);
      }
      await sleep(20);
    }
  }

  /** It takes bytes and answers nothing, until it is killed. */
  freeze(): void {
    this.child?.kill("SIGSTOP");
  }

  /** As a power failure: no DISCONNECT, no will, nothing saved. */
  async kill(): Promise<void> {
    const child = this.child;
    this.child = null;
    if (child === null || child.exitCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  private makeCertificate(): void {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const files = ["-keyout", join(this.folder, "key.pem"), "-out", this.authority];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const args = ["req", "-x509", ...key, ...files, ...subject, "-days", "2"];
    const made = spawnSync(findProgram("openssl", "openssl"), args, { encoding: "utf8" });
    if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
  }

  private async makeUser(access: readonly string[]): Promise<void> {
    const users = join(this.folder, "users");
    const program = findProgram("mosquitto_passwd", "mosquitto");
    const made = spawnSync(program, ["-b", "-c", users, "board", "secret"], { encoding: "utf8" });
    if (made.status !== 0) throw new Error(`mosquitto_passwd: ${made.stderr}`);
    await writeFile(join(this.folder, "access"), `user board\n${access.join("\n")}\n`);
  }

  private configuration(options: MosquittoOptions): string {
    const lines = [
      `listener ${this.port} 127.0.0.1`,
      `allow_anonymous ${options.access === undefined}`,
      "log_dest none",
      // A broker that drops would be blamed on the boards.
      ...(options.lines ?? ["max_inflight_messages 0"]),
      "max_queued_messages 0",
      `persistence ${options.persistence === true}`,
      `persistence_location ${this.folder}/`,
      "autosave_interval 1",
      "autosave_on_changes true",
    ];
    if (options.access) {
      lines.push(`password_file ${join(this.folder, "users")}`);
      lines.push(`acl_file ${join(this.folder, "access")}`);
    }
    if (options.tls) {
      lines.push(`listener ${this.tlsPort} 127.0.0.1`, `certfile ${this.authority}`);
      lines.push(`keyfile ${join(this.folder, "key.pem")}`);
    }
    // Started by root it would become another user, who may not enter the folder.
    if (process.getuid?.() === 0) lines.push("user root");
    return `${lines.join("\n")}\n`;
  }
}

/**
 * The path of a program that the tests need.
 *
 * @throws Error that says what to install: a test that cannot run has failed
 */
export function findProgram(name: string, debianPackage: string): string {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  const path = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (path !== undefined) return path;
  throw new Error(`this test needs ${name}: apt-get install ${debianPackage}, or run .ci/run`);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
