/** A request that the edge cannot serve, with the number and the page that visitors see. */
export class EdgeError extends Error {
  override readonly name = "EdgeError";
  /** HTTP status. */
  readonly status: number;
  /** The number on the page; statuses from 520 on are their own number. */
  readonly code: number;

  constructor(status: number, message: string, code = status) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** The page as HTML. */
  page(ray: string): string {
    const title = `Error ${this.code}: ${this.message}`;
    return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>\n<body><h1>${title}</h1><p>Ray ID: ${ray}</p></body></html>\n`;
  }
}
