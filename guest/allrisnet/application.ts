/** What of the application the web server has to know; fixed by its makers, as far as the farm knows. */
export const application = {
  /** Where Tomcat listens. */
  address: "127.0.0.1:8080",
  /** What exists as soon as a release is installed. */
  installed: "/srv/allrisnet/current",
  /** Paths of the presentations within the application. */
  paths: { citizens: "/citizens", politicians: "/politicians" },
  /** The program that politicians sign in with. */
  login: "logon",
  /** The program that searches texts. */
  search: "yw010",
  /** Folders of documents that are made for one visitor: never for search engines. */
  temporary: ["tmp", "___tmp", "wicket"],
  /** Folders for programs of others: of no use in the results of a search engine. */
  interfaces: ["oparl", "ics"],
} as const;
