/** The parts of a message for a person: what happened, where, why, and what to do next. */
export interface FarmErrorParts {
  /** What is wrong, one sentence without a full stop at the end of a name or path. */
  readonly what: string;
  /** File and field, resource, address: where to look. @default - not said */
  readonly where?: string;
  /** The rule or the cause behind it. @default - not said */
  readonly why?: string;
  /** What the reader does next, as an order or a command. @default - not said */
  readonly next?: string;
}

/**
 * An error that is shown to a person as it is, without a stack: everything that is not a FarmError is a
 * defect of the farm itself and is shown with its stack.
 */
export class FarmError extends Error {
  override readonly name = "FarmError";
  readonly parts: FarmErrorParts;

  constructor(parts: FarmErrorParts, options?: ErrorOptions) {
    super(formatParts(parts), options);
    this.parts = parts;
  }
}

function formatParts(parts: FarmErrorParts): string {
  const lines = [parts.what];
  if (parts.where !== undefined) lines.push(`  where: ${parts.where}`);
  if (parts.why !== undefined) lines.push(`  why:   ${parts.why}`);
  if (parts.next !== undefined) lines.push(`  next:  ${parts.next}`);
  return lines.join("\n");
}

/** The message of anything that was thrown, for use inside another message. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
