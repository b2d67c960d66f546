import type { PackageSource } from "../guest/node-exporter.ts";
import type { Settings } from "../model/settings.ts";
import { readSetting } from "./setting-file.ts";

/** The farm's own package repository, where the settings name one; otherwise machines have their own sources. */
export function packageSource({ patches }: Pick<Settings, "patches">): PackageSource | undefined {
  if (patches === undefined) return undefined;
  const { repository, suite, component, keyFile } = patches;
  return { repository, suite, component, key: readSetting("patches.keyFile", keyFile) };
}
