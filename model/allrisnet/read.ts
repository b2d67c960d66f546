import { z } from "zod";
import { readFields } from "../fields.ts";
import { isPlainObject, type Plain } from "../plain.ts";
import type { Kind } from "../tenant-input.ts";
import type { AllrisNet } from "./allrisnet.ts";
import { allrisnetShape } from "./schema.ts";
import { citizensShape, personFields } from "./schema-citizens.ts";
import { politiciansShape } from "./schema-politicians.ts";

const allrisnetSchema = z.strictObject(allrisnetShape);

/** What is written below `allrisnet`, with the defaults that hold for every administration. */
export type ReadAllrisnet = z.output<typeof allrisnetSchema>;

/** The same as far as it could be read; both presentations field by field. */
export type AllrisnetParts = Partial<Omit<ReadAllrisnet, "citizens" | "politicians">> & {
  readonly citizens?: Partial<ReadAllrisnet["citizens"]>;
  readonly politicians?: Partial<ReadAllrisnet["politicians"]>;
};

/**
 * What can be read of a value that does not fit as a whole, so that the rules between fields are checked on
 * the rest of it in the same report.
 */
export function readParts(value: Plain): AllrisnetParts {
  if (!isPlainObject(value)) return {};
  return {
    ...readFields(allrisnetShape, value).fields,
    citizens: readFields(citizensShape, value["citizens"] ?? {}).fields,
    politicians: readFields(politiciansShape, value["politicians"] ?? {}).fields,
  };
}

/** Fills in the defaults that follow from other fields of the tenant, and puts sets in their order. */
export function completeAllrisnet(
  read: ReadAllrisnet,
  tenant: { readonly kind: Kind; readonly contact: { readonly email: string } },
): AllrisNet {
  const { citizens, politicians } = read;
  return {
    ...read,
    licensedModules: read.licensedModules.toSorted(),
    citizens: {
      ...citizens,
      persons: {
        ...citizens.persons,
        show: personFields.filter((field) => citizens.persons.show.includes(field)),
      },
      oparl: { ...citizens.oparl, contactEmail: citizens.oparl.contactEmail ?? tenant.contact.email },
    },
    politicians: { ...politicians, label: politicians.label ?? labelOf(tenant.kind) },
  };
}

/** What the politicians' presentation is called where the tenant file does not say. */
export function labelOf(kind: Kind): string {
  if (kind === "landkreis") return "Kreistagsinfo";
  return kind === "amt" || kind === "zweckverband" ? "Gremieninfo" : "Ratsinfo";
}

/** A presentation of each kind without a word about it: every parameter that has a default of its own. */
export function defaultAllrisnet(): AllrisNet {
  const accessibility = {
    feedbackEmail: "nobody@town.de",
    enforcementBodyUrl: "https://town.de/",
    statementDate: "2000-01-01",
  };
  const read = allrisnetSchema.parse({ release: "4.0.0", citizens: { accessibility } });
  return completeAllrisnet(read, { kind: "stadt", contact: { email: accessibility.feedbackEmail } });
}
