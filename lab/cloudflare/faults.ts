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

  /** Orders and withdraws faults. */
  routes(): Route[] {
    return [
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
  try {
    return { method, path: new RegExp(path), status, code, message, retryAfter, retry, left: times };
  } catch {
    throw new ApiError(400, 9207, "Request body is invalid: path is no regular expression.");
  }
}
