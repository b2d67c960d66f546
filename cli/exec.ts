import type { Command } from "commander";
import { runInForeground } from "../toolchain/foreground.ts";

/** Registers `./farm exec`. */
export function register(program: Command): void {
  program
    .command("exec")
    .description("run a program of this checkout under its pinned Node: ./farm exec -- vitest run tests/unit")
    .argument("<program>")
    .argument("[args...]")
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (name: string, args: string[]) => {
      process.exitCode = await runInForeground(name, args);
    });
}
