import { FarmError } from "../../lib/farm-error.ts";
import { splitWords } from "./words.ts";

/** Package managers that can install a program's packages. */
export const packageManagers = ["npm", "pnpm", "yarn", "bun"] as const;

/** One of the package managers. */
export type PackageManager = (typeof packageManagers)[number];

/** What Pulumi.yaml says under `runtime.options`. */
export interface RuntimeOptions {
  /** Whether ts-node compiles the program; without it Node strips the types by itself. @default true */
  readonly typescript: boolean;
  /** Path of a tsconfig.json for ts-node. @default - the one in the program's folder */
  readonly tsconfig: string | undefined;
  /** Arguments for Node itself. @default - none */
  readonly nodeArguments: readonly string[];
  /** `auto` goes by the lock file. @default "auto" */
  readonly packageManager: PackageManager | "auto";
  /** Whether packages that only development needs are left out of an installation. @default false */
  readonly production: boolean;
}

type Given = Readonly<Record<string, unknown>>;

function read<T extends "boolean" | "string">(
  options: Given,
  name: string,
  type: T,
): (T extends "boolean" ? boolean : string) | undefined {
  const value = options[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== type) {
    throw new FarmError({
      what: `runtime option ${name} must be a ${type}, not ${JSON.stringify(value)}`,
      where: `runtime.options.${name} in Pulumi.yaml`,
    });
  }
  return value as T extends "boolean" ? boolean : string;
}

function packageManagerOf(options: Given): PackageManager | "auto" {
  const name = read(options, "packagemanager", "string") ?? "auto";
  const known = ["auto", ...packageManagers] as const;
  const found = known.find((manager) => manager === name);
  if (found !== undefined) return found;
  throw new FarmError({
    what: `runtime option packagemanager must be one of ${known.join(", ")}, not ${JSON.stringify(name)}`,
    where: "runtime.options.packagemanager in Pulumi.yaml",
  });
}

/** @throws FarmError for an option of another type, naming it; unknown options mean nothing */
export function parseRuntimeOptions(options: Given): RuntimeOptions {
  return {
    typescript: read(options, "typescript", "boolean") ?? true,
    tsconfig: read(options, "tsconfig", "string"),
    nodeArguments: splitWords(read(options, "nodeargs", "string") ?? ""),
    packageManager: packageManagerOf(options),
    production: read(options, "production", "boolean") ?? false,
  };
}

/** How the options reach the SDK's runners. */
export function environmentOf(options: RuntimeOptions): Record<string, string> {
  return {
    ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
  };
}
