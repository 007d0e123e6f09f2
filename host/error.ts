/** What went wrong, for programs: tests and callers look at this, never at the wording. */
export type ErrorCode =
  | "usage"
  | "runtime"
  | "address-in-use"
  | "store"
  | "permission"
  | "configuration";

/** What the process answers for each code; 74, 77 and 78 are those of sysexits.h. */
const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  usage: 2,
  runtime: 1,
  "address-in-use": 1,
  store: 74,
  permission: 77,
  configuration: 78,
};

/** A failure that was expected to be possible: its message says what was tried, on what, and what to do. */
export class HostError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "HostError";
    this.code = code;
  }
}

/** The exit code for whatever was thrown; 1 for what nobody expected. */
export function exitCodeOf(error: unknown): number {
  return error instanceof HostError ? EXIT_CODES[error.code] : 1;
}

/** The `code` of a Node system error (`ENOENT`), or an empty text. */
export function systemCode(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/** One line about anything thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "" && error.errors.length > 0) {
    return messageOf(error.errors[0]);
  }
  return error instanceof Error ? error.message : String(error);
}
