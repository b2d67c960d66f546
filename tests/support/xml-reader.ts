import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** An element as the reader found it. */
export interface ReadElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly ReadElement[];
}

// Python's reader is expat, which shares nothing with what wrote the document.
const program = `
import base64, json, sys, xml.etree.ElementTree as tree
def plain(e):
    return {"name": e.tag, "attributes": e.attrib, "text": e.text or "", "children": [plain(c) for c in e]}
for line in sys.stdin:
    try:
        print(json.dumps(plain(tree.fromstring(base64.b64decode(line)))), flush=True)
    except tree.ParseError as error:
        print(json.dumps({"error": str(error)}), flush=True)
`;

/** Reads XML documents in a process of its own. */
export class XmlReader {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    this.#process = spawn("python3", ["-I", "-c", program]);
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Error for what is not well-formed */
  async read(document: string): Promise<ReadElement> {
    this.#process.stdin.write(`${Buffer.from(document).toString("base64")}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error("the reader has ended");
    const answer = JSON.parse(value) as ReadElement | { readonly error: string };
    if ("error" in answer) throw new Error(answer.error);
    return answer;
  }

  async close(): Promise<void> {
    const ended = once(this.#process, "close");
    this.#process.stdin.end();
    await ended;
  }
}
