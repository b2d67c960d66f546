import { isIP } from "node:net";
import { parseHostName } from "./host-name.ts";
import { parsePublicKey } from "./ssh-key.ts";
import { bad, good, textSchema } from "./value.ts";

/*
 * What it takes to name a machine that is reached by ssh.
 */

const userPattern = /^[a-z_][a-z0-9_-]{0,31}$/;
/** Name of an account. */
export const user = textSchema((text) =>
  userPattern.test(text) ? good(text) : bad("must be a user name: lower-case letters, digits, hyphens"),
);

/** A public key without its comment, as known_hosts has it. */
export const hostKey = textSchema((text) => {
  const key = parsePublicKey(text);
  return key.ok ? good(key.value.split(" ").slice(0, 2).join(" ")) : key;
});

/** Host name or IP address. */
export const host = textSchema((text) => {
  const single = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
  return single || isIP(text) !== 0 ? good(text) : parseHostName(text);
});
