/** What the native part of @lydell/node-pty offers to make a pseudo terminal without a process in it. */
export interface NativePty {
  open(columns: number, rows: number): { master: number; slave: number; pty: string };
}
