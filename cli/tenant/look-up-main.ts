import { messageOf } from "../../lib/farm-error.ts";
import { lookUp } from "./look-up.ts";

// Runs inside the lab's network, where its name server is: look-up-main.ts <name> <server>.
const [name = "", server = ""] = process.argv.slice(2);
try {
  process.stdout.write(`${JSON.stringify(await lookUp(name, [server]))}\n`);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
