import { servePack } from "./pack.ts";

// Not awaited at the top: the SDK loads this file by `require`, which takes no module that waits.
void servePack(process.env);
