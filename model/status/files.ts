import { createHmac } from "node:crypto";
import { pageFiles } from "./html.ts";
import { indexHtml, indexJson } from "./index-html.ts";
import { statusHtml } from "./page-html.ts";
import { statusJson } from "./status-json.ts";
import type { StatusPage } from "./status-page.ts";
import { languages } from "./words.ts";

/** A file of the status pages: its path below their folder, with slashes, and what is in it. */
export interface StatusFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The folders that the pages lie in. Each is published on its own, with its own rights: nothing in `public` knows of
 * `customer`, and nothing in either of `provider`.
 */
export const statusFolders = { public: "public", customer: "customer", provider: "provider" } as const;

/**
 * The folder of an administration's page. That of a customer's own page is 128 bits which nobody can guess who has not
 * the key: whoever was given the address can open it, nobody finds it. The same key gives the same address, so that it
 * can be handed out once.
 */
export function pageFolder({ id, audience }: Pick<StatusPage, "id" | "audience">, key: string): string {
  if (audience === "public") return `${statusFolders.public}/${id}`;
  const name = createHmac("sha256", key).update(`status page of ${id}`).digest("hex").slice(0, 32);
  return `${statusFolders.customer}/${name}`;
}

/** All files for those outside: pages in each language and as JSON, and the list of the public ones. */
export function statusFiles(
  pages: readonly StatusPage[],
  { key, ...about }: Pick<StatusPage, "at" | "provider"> & { readonly key: string },
): readonly StatusFile[] {
  const open = pages.filter(({ audience }) => audience === "public");
  return [
    ...languages.map((language) => ({
      path: `${statusFolders.public}/${pageFiles[language]}`,
      text: indexHtml(open, about, language),
    })),
    { path: `${statusFolders.public}/status.json`, text: indexJson(open, about.at) },
    ...pages.flatMap((page) => {
      const folder = pageFolder(page, key);
      return [
        ...languages.map((language) => ({
          path: `${folder}/${pageFiles[language]}`,
          text: statusHtml(page, language),
        })),
        { path: `${folder}/status.json`, text: statusJson(page) },
      ];
    }),
  ];
}
