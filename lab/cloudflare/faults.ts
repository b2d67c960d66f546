import { ApiError, objectBody, type Route } from "./api.ts";

interface Fault {
  readonly method: string | undefined;
  readonly path: RegExp;
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly retryAfter: number | undefined;
  readonly retry: boolean;
  left: number;
}

/** Calls that are done at once and answered late: whoever dies in between never learns what came of it. */
interface Hold {
  readonly method: string | undefined;
  readonly path: RegExp;
  readonly milliseconds: number;
  left: number;
}

/** What a fault answers. */
export interface FaultReply {
  readonly error: ApiError;
  /** Seconds for the header Retry-After. @default - no such header */
  readonly retryAfter?: number;
  /** Whether clients may try again as they usually do. */
  readonly retry: boolean;
}

/** Answers that a test ordered in place of the usual ones. They are forgotten at the end of the process. */
export class Faults {
  private faults: Fault[] = [];
  private holds: Hold[] = [];

  /** The answer that a call gets instead of its own, if one was ordered. Uses it up. */
  tryTake(method: string, path: string): FaultReply | undefined {
    const fault = this.faults.find(
      (each) => each.left > 0 && (each.method ?? method) === method && each.path.test(path),
    );
    if (fault === undefined) return undefined;
    fault.left--;
    const { retryAfter, retry } = fault;
    const error = new ApiError(fault.status, fault.code, fault.message);
    return { error, retry, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }

  /** Milliseconds that the answer of a call is held, 0 for none. Uses the order up. */
  takeHold(method: string, path: string): number {
    const hold = this.holds.find(
      (each) => each.left > 0 && (each.method ?? method) === method && each.path.test(path),
    );
    if (hold === undefined) return 0;
    hold.left--;
    return hold.milliseconds;
  }

  /** Orders and withdraws faults. */
  routes(): Route[] {
    return [
      {
        method: "POST",
        path: "lab/holds",
        handle: ({ body }) => {
          const { method, path, milliseconds, times = 1 } = objectBody(body);
          const isMethod = method === undefined || typeof method === "string";
          if (
            !isMethod ||
            typeof path !== "string" ||
            typeof milliseconds !== "number" ||
            typeof times !== "number"
          )
            throw new ApiError(400, 9207, "Request body is invalid.");
          this.holds.push({ method, path: expression(path), milliseconds, left: times });
          return { result: { path, milliseconds, times } };
        },
      },
      { method: "GET", path: "lab/faults", handle: () => ({ result: this.faults.map(present) }) },
      {
        method: "POST",
        path: "lab/faults",
        handle: ({ body }) => {
          const fault = readFault(body);
          this.faults = [...this.faults.filter((each) => each.left > 0), fault];
          return { result: present(fault) };
        },
      },
      {
        method: "DELETE",
        path: "lab/faults",
        handle: () => {
          this.faults = [];
          this.holds = [];
          return { result: [] };
        },
      },
    ];
  }
}

function present({ path, ...fault }: Fault) {
  return { ...fault, path: path.source };
}

/** `path` is a regular expression for the path below /client/v4/; all but it and `status` may be left out. */
function readFault(body: unknown): Fault {
  const {
    method,
    path,
    status,
    code = 1000,
    times = 1,
    message = "Ordered fault",
    retryAfter,
    retry = false,
  } = objectBody(body);
  const isMethod = method === undefined || typeof method === "string";
  const isRetryAfter = retryAfter === undefined || typeof retryAfter === "number";
  if (
    !isMethod ||
    typeof path !== "string" ||
    typeof status !== "number" ||
    !(status >= 400 && status <= 599) ||
    typeof code !== "number" ||
    typeof times !== "number" ||
    typeof message !== "string" ||
    !isRetryAfter ||
    typeof retry !== "boolean"
  ) {
    throw new ApiError(400, 9207, "Request body is invalid.");
  }
  return { method, path: expression(path), status, code, message, retryAfter, retry, left: times };
}

function expression(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new ApiError(400, 9207, "Request body is invalid: path is no regular expression.");
  }
}
