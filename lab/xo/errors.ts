import type { Json, JsonObject } from "../json.ts";

/** An error as XO answers it: an integer code, a message and data. */
export class XoError extends Error {
  override readonly name = "XoError";
  readonly code: number;
  readonly data: Json | undefined;

  constructor(code: number, message: string, data?: Json) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** A failure of XAPI that XO has no code for. Only administrators are shown what it is. */
export class XapiError extends Error {
  override readonly name = "XapiError";
  readonly code: string;
  readonly params: readonly string[];

  constructor(code: string, ...params: readonly string[]) {
    super(`${code}(${params.join(", ")})`);
    this.code = code;
    this.params = params;
  }
}

/** XO's own errors, by xo-common's names. */
export const notImplemented = (): XoError => new XoError(0, "not implemented");

export const noSuchObject = (id: string, type: string | readonly string[]): XoError =>
  new XoError(1, `no such object ${id}`, { id, type: typeof type === "string" ? type : [...type] });

export const unauthorized = (permission: string, object?: { id: string; type: string }): XoError =>
  new XoError(2, "not enough permissions", object ? { permission, object } : { permission });

export const invalidCredentials = (): XoError => new XoError(3, "invalid credentials");

export const forbiddenOperation = (operation: string, reason: string): XoError =>
  new XoError(5, `forbidden operation: ${operation}, reason: ${reason}`, { operation, reason });

export const noHostsAvailable = (): XoError => new XoError(7, "no hosts available");

export const serverUnreachable = (pool: string): XoError =>
  new XoError(9, "server unreachable", { objectId: pool });

export const invalidParameters = (message: string, errors: readonly JsonObject[] = []): XoError =>
  new XoError(10, message, { errors: errors.length > 0 ? [...errors] : [{ message }] });

export const missingPvDrivers = (objectId: string): XoError =>
  new XoError(11, "missing PV drivers", { objectId });

export const badPowerState = (objectId: string, expected: readonly string[], actual: string): XoError =>
  new XoError(13, "VM bad power state", { objectId, expected: [...expected], actual });

export const lacksFeature = (objectId: string, feature: string): XoError =>
  new XoError(14, "VM lacks feature", { objectId, feature });

export const alreadyExists = (objectId: string, objectType: string): XoError =>
  new XoError(16, `${objectType} already exists`, { objectId, objectType });

export const vdiInUse = (objectId: string, operation: string): XoError =>
  new XoError(17, "VDI in use", { objectId, operation });

export const operationBlocked = (objectId: string, code: string): XoError =>
  new XoError(19, "operation blocked", { objectId, code });

/** @param state what it is, what it must be, and of which object. */
export const incorrectState = (state: {
  actual: Json;
  expected: Json;
  object: string;
  property: string;
}): XoError => new XoError(25, "incorrect state", state);

export const operationFailed = (objectId: string, code: string): XoError =>
  new XoError(21, "operation failed", { objectId, code });

export const notEnoughResources = (data: readonly JsonObject[]): XoError =>
  new XoError(24, "not enough resources in resource set", [...data]);
