import { healStack } from "../../cli/heal.ts";
import { project } from "./project.ts";

/** Heals the stack `lab` of this FARM_HOME in a process of its own, which a test can kill. */
await healStack("lab", { run: { project, env: { SSH_AUTH_SOCK: "" } } });
