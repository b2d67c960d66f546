import { readLab } from "../lab/lab-file.ts";
import { trustedRoots } from "../lab/probe.ts";
import { isLabStack } from "./environment.ts";
import type { Route } from "./visit.ts";

/** In production the visitor's way is that of everybody; the lab's sites are behind its proxy. */
export function routeTo(stack: string): Route {
  if (!isLabStack(stack)) return {};
  const lab = readLab();
  return { proxy: lab.proxy, authorities: trustedRoots(lab) };
}
