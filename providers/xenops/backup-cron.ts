/** What a cron pattern says, field by field; undefined for any. */
type Cron = readonly (readonly number[] | undefined)[];

interface CronField {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly names?: readonly string[];
}

const monthIndex = 3;
const weekDayIndex = 4;
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** As crontab(5) has them. 7 is Sunday, too. */
const ordinary: readonly CronField[] = [
  { name: "minute", first: 0, last: 59 },
  { name: "hour", first: 0, last: 23 },
  { name: "day of the month", first: 1, last: 31 },
  { name: "month", first: 1, last: 12, names: months },
  {
    name: "day of the week",
    first: 0,
    last: 7,
    names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
  },
];

/** XO counts months from 0 and spells Wednesday in its own way (its package @xen-orchestra/cron). */
const xos: readonly CronField[] = ordinary.map((field, index) => {
  if (index === monthIndex) return { ...field, first: 0, last: 11 };
  return index === weekDayIndex
    ? { ...field, names: ["sun", "mon", "tue", "wen", "thu", "fri", "sat"] }
    : field;
});

const presets: Readonly<Record<string, string>> = {
  "@annually": "0 0 1 0 *",
  "@daily": "0 0 * * *",
  "@hourly": "0 * * * *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@yearly": "0 0 1 0 *",
};

function readNumber(text: string, { name, first, last, names }: CronField): number {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  const value = index >= 0 ? index + first : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= first && value <= last) return value;
  const words = names === undefined ? "" : ` or ${names[0]} … ${names.at(-1)}`;
  throw new Error(`"${text}" is no ${name}: it must be ${first} to ${last}${words}`);
}

function readField(text: string, field: CronField): readonly number[] | undefined {
  if (text === "*") return undefined;
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^(?:(\*)|([a-z\d]+)(?:-([a-z\d]+))?)(?:\/(\d+))?$/i.exec(part);
    const [, any, from = "", to, step] = match ?? [];
    if (match === null || (step !== undefined && any === undefined && to === undefined)) {
      throw new Error(`"${part}" is no ${field.name}`);
    }
    const first = any === undefined ? readNumber(from, field) : field.first;
    // "*/2" ends with the last day of the week, not with the second name that Sunday has.
    const whole = field.last === 7 ? 6 : field.last;
    const end = to === undefined ? first : readNumber(to, field);
    // "fri-sun" ends with the Sunday that comes after it.
    const named = field.last === 7 && end === 0 && first > 0 ? 7 : end;
    const last = any === undefined ? named : whole;
    if (last < first) throw new Error(`"${part}" ends before it begins`);
    if (step === "0") throw new Error(`"${part}" makes no step`);
    for (let value = first; value <= last; value += Number(step ?? 1)) {
      values.add(field.last === 7 ? value % 7 : value);
    }
  }
  return [...values].sort((a, b) => a - b);
}

function read(text: string, fields: readonly CronField[]): Cron {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== fields.length) {
    throw new Error(`"${text}" must have five fields: minute, hour, day, month and day of the week`);
  }
  return fields.map((field, index) => readField(parts[index] ?? "", field));
}

function write(cron: Cron, shift: number): string {
  return cron
    .map(
      (values, index) =>
        values?.map((value) => (index === monthIndex ? value + shift : value)).join(",") ?? "*",
    )
    .join(" ");
}

/** An ordinary pattern as XO takes it. @throws Error with the reason against it, the end of a sentence */
export function toXoCron(text: string): string {
  return write(read(text, ordinary), -1);
}

/** A pattern of XO's as an ordinary one; one that XO itself could not read stays as it is. */
export function fromXoCron(text: string): string {
  try {
    return write(read(presets[text] ?? text, xos), 1);
  } catch {
    return text;
  }
}
