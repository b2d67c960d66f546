import { run } from "./components/program.ts";

/** The engine reads the stack's outputs from here. */
export const sites = await run();
