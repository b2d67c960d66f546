import { expect, test } from "vitest";
import { credentialsError, findMissingCredentials } from "../../../components/credentials.ts";
import { parse, tenant } from "../model/fixtures.ts";

const { settings } = parse([tenant()]);
const given = { XOA_ADMIN_TOKEN: "t", FARM_XAPI_PASSWORD: "p" };

test("nothing to say when the environment has all of them", () => {
  expect(credentialsError(findMissingCredentials(settings, given))).toBeUndefined();
});

test("each that is missing is named with what it is for, and an empty one counts as none", () => {
  const missing = findMissingCredentials(settings, { XOA_ADMIN_TOKEN: " " });
  expect(missing.map(({ variable }) => variable)).toEqual(["XOA_ADMIN_TOKEN", "FARM_XAPI_PASSWORD"]);
  const said = credentialsError(missing)?.message;
  expect(said).toContain("XOA_ADMIN_TOKEN: backup repositories and backup jobs");
  expect(said).toContain('high availability of the pool "nord", as the XAPI account farm of https://xcp-1');
});
