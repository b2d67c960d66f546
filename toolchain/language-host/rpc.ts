import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { messageOf } from "../../lib/farm-error.ts";

/** Messages carry whole states and schemas: the engine sets no useful limit either. */
export const noLimit = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** An answer that the engine takes as "this host does not do that". */
export class Unimplemented extends Error {
  override readonly name = "Unimplemented";
}

function failureOf(thrown: unknown): Partial<ServiceError> {
  // What a forwarded call was answered goes on as it came.
  const forwarded = thrown as Partial<ServiceError>;
  if (typeof forwarded.code === "number" && forwarded.details !== undefined) return forwarded;
  const code = thrown instanceof Unimplemented ? status.UNIMPLEMENTED : status.UNKNOWN;
  return { code, details: messageOf(thrown) };
}

/** A method with one answer. The signal aborts when the caller is gone or has given up. */
export function unary<Request, Response>(
  work: (request: Request, gone: AbortSignal) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const gone = new AbortController();
    call.on("cancelled", () => gone.abort());
    Promise.resolve()
      .then(() => work(call.request, gone.signal))
      .then(
        (response) => callback(null, response),
        (thrown: unknown) => callback(failureOf(thrown)),
      );
  };
}

/** A method with many answers. The stream ends when the work does. */
export function streaming<Request, Response>(
  work: (request: Request, send: (response: Response) => void, gone: AbortSignal) => Promise<void>,
): handleServerStreamingCall<Request, Response> {
  return (call: ServerWritableStream<Request, Response>) => {
    const gone = new AbortController();
    call.on("cancelled", () => gone.abort());
    const send = (response: Response): void => {
      if (!gone.signal.aborted) call.write(response);
    };
    Promise.resolve()
      .then(() => work(call.request, send, gone.signal))
      .then(
        () => call.end(),
        (thrown: unknown) => call.emit("error", failureOf(thrown)),
      );
  };
}

/** Binds a server to a free port of 127.0.0.1 and returns the port. */
export function bind(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

/** A server for messages of any size. */
export function newServer(): Server {
  return new Server(noLimit);
}
