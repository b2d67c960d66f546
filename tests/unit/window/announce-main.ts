import { cpSync } from "node:fs";
import { announce } from "../../../cli/window/announce.ts";
import { type MailAccess, WindowScene } from "./scene.ts";

// A sender in a process of its own: announce-main.ts <mail access as JSON> [folder of windows to go on with]. Says where
// its files are, then sends; it asks first where it goes on.
const [, , text = "", before] = process.argv;
const scene = await WindowScene.make(JSON.parse(text) as MailAccess);
scene.writeTo("hohenbrueck", "ratsbuero@killed.example");
if (before === undefined) scene.writeWindow("abbruch", 24 * 9, { administrations: ["hohenbrueck"] });
else cpSync(before, scene.maintenance, { recursive: true });
process.stdout.write(`${scene.open.folder}\n`);
const options = before === undefined ? { calendar: false, yes: true as const } : { calendar: false };
process.exitCode = await announce("abbruch", options, scene);
if (before !== undefined) scene.remove();
