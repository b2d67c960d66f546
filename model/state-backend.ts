import { placeholderIn, reservedDomainOf } from "./production.ts";
import { bad, good, type Parsed } from "./value.ts";

/** Kinds of places that the engine keeps states in without Pulumi's own service. */
const schemes = ["s3", "azblob", "gs", "postgres", "postgresql", "file"];

/** The place of a state as Pulumi names it. */
export function parseBackend(text: string): Parsed<string> {
  const scheme = /^([a-z0-9]+):\/\/\S+$/.exec(text)?.[1] ?? "";
  if (!schemes.includes(scheme)) return bad(`must begin with ${schemes.join("://, ")}://`);
  if (scheme === "file" && !text.startsWith("file:///"))
    return bad("must name a folder from the root: file:///…");
  return good(text);
}

/** Why a place is none that production can have, or undefined. */
export function unreadyBackend(backend: string): string | undefined {
  const word = placeholderIn(backend);
  if (word !== undefined) return `is a placeholder ("${word}"), which production refuses`;
  // A bucket behind an own server: s3://bucket?endpoint=s3.example.org
  const { hostname, searchParams } = new URL(backend);
  const host = searchParams.get("endpoint")?.replace(/^https?:\/\//, "") ?? hostname;
  const reserved = reservedDomainOf(host.split(":")[0] ?? "");
  return reserved === undefined || host === "" ? undefined : `lies in ${reserved}, which nobody can own`;
}
