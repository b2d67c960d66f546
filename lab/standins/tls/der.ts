/** The few ASN.1 values that a certificate request is made of, in DER (X.690). */

function encode(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length, ...bytes]), content]);
}

export function sequence(...items: readonly Buffer[]): Buffer {
  return encode(0x30, Buffer.concat(items));
}

/** A SET OF: DER wants its items in the order of their bytes. */
export function setOf(...items: readonly Buffer[]): Buffer {
  return encode(0x31, Buffer.concat([...items].sort(Buffer.compare)));
}

export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return encode(0x06, Buffer.from(bytes));
}

export function smallInteger(value: number): Buffer {
  return encode(0x02, Buffer.from([value]));
}

export function nullValue(): Buffer {
  return encode(0x05, Buffer.alloc(0));
}

export function octetString(content: Buffer): Buffer {
  return encode(0x04, content);
}

/** A BIT STRING of whole bytes. */
export function bitString(content: Buffer): Buffer {
  return encode(0x03, Buffer.concat([Buffer.from([0]), content]));
}

/** PrintableString where its letters suffice, else UTF8String. */
export function text(value: string): Buffer {
  const tag = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value) ? 0x13 : 0x0c;
  return encode(tag, Buffer.from(value, "utf8"));
}

export function ia5String(value: string): Buffer {
  return encode(0x16, Buffer.from(value, "latin1"));
}

/** A context-specific tag around other values. */
export function constructed(tag: number, ...items: readonly Buffer[]): Buffer {
  return encode(0xa0 | tag, Buffer.concat(items));
}

/** A context-specific tag in place of the value's own. */
export function primitive(tag: number, content: Buffer): Buffer {
  return encode(0x80 | tag, content);
}
