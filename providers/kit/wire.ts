import { Asset, type Properties, Secret, Unknown, type Value } from "./types.ts";

/** What a protobuf Struct holds once it is plain JavaScript. */
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** An object on the wire. */
export type JsonObject = { [key: string]: Json };

/** An object with this key is not plain data: the key's value says what it is. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const signatures = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
} as const;

const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** The engine has one placeholder for each type that a value may have once it is known. */
const unknownTexts: ReadonlySet<string> = new Set([
  unknownText,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

function optionalText(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** SHA-256 of nothing: the engine leaves an empty text out, and the hash alone tells it from a file. */
const hashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function decodeAsset(kind: "asset" | "archive", object: JsonObject): Asset {
  const hash = optionalText(object.hash) ?? "";
  const path = optionalText(object.path);
  const text = optionalText(object.text) ?? (path === undefined && hash === hashOfNothing ? "" : undefined);
  return new Asset(kind, hash, path, text);
}

function decodeSigned(signature: Json, object: JsonObject): Value {
  switch (signature) {
    case signatures.secret:
      return new Secret(decode(object.value ?? null));
    case signatures.asset:
      return decodeAsset("asset", object);
    case signatures.archive:
      return decodeAsset("archive", object);
    case signatures.resource:
      // A resource stands for its id; one without an id (a component) for its URN.
      return decode(optionalText(object.id) ?? object.urn ?? null);
    case signatures.output: {
      const value = object.value === undefined ? Unknown.value : decode(object.value);
      return object.secret === true ? new Secret(value) : value;
    }
    default:
      throw new Error(
        `the engine sent a value with the signature ${String(signature)}, which this kit does not know`,
      );
  }
}

/** Makes a value of what came over the wire. @throws Error for a signature that the kit does not know */
function decode(json: Json): Value {
  if (typeof json === "string") return unknownTexts.has(json) ? Unknown.value : json;
  if (Array.isArray(json)) return json.map(decode);
  if (typeof json !== "object" || json === null) return json;
  const signature = json[signatureKey];
  if (signature !== undefined) return decodeSigned(signature, json);
  return decodeProperties(json);
}

/** Makes properties of a whole object from the wire. */
export function decodeProperties(json: JsonObject): Properties {
  // Not by assignment: a key named __proto__ would be lost.
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, decode(value)]));
}

function encodeAsset(asset: Asset): JsonObject {
  const json: JsonObject = { [signatureKey]: signatures[asset.kind], hash: asset.hash };
  if (asset.path !== undefined) json.path = asset.path;
  if (asset.text !== undefined) json.text = asset.text;
  return json;
}

/**
 * Makes JSON for the wire of a value.
 * @throws Error for what the wire cannot carry (a function, a Date, a bigint), with its path
 */
function encode(value: Value, path = ""): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (Number.isFinite(value)) return value;
    throw new Error(`the provider answered ${value} as ${path}, which is not a number that can be stored`);
  }
  if (value instanceof Unknown) return unknownText;
  if (value instanceof Secret) return { [signatureKey]: signatures.secret, value: encode(value.value, path) };
  if (value instanceof Asset) return encodeAsset(value);
  if (Array.isArray(value)) return value.map((item, index) => encode(item ?? null, `${path}[${index}]`));
  if (typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    return encodeProperties(value, path);
  }
  throw new Error(`the provider answered a ${typeof value} as ${path}, which cannot be stored`);
}

/** Makes JSON for the wire of whole properties; those that are `undefined` are left out. */
export function encodeProperties(properties: Properties, path = ""): JsonObject {
  // One `undefined` anywhere would fail the whole operation in the engine with a message nobody understands.
  const known = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    known.map(([key, value]) => [key, encode(value, path === "" ? key : `${path}.${key}`)]),
  );
}
