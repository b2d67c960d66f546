/** What of a list found room. */
export interface Taken {
  readonly lines: readonly string[];
  /** How many did not. */
  readonly left: number;
}

/** The characters that a text may still have. */
export class Room {
  #left: number;

  /** @param characters below 0 counts as none */
  constructor(characters: number) {
    this.#left = Math.max(0, characters);
  }

  get left(): number {
    return this.#left;
  }

  /**
   * Takes texts in their order as long as there is room; one that is too long is passed over.
   * @param share the most that they may take of what is left, 0 to 1
   */
  take(texts: readonly string[], share = 1): Taken {
    const lines: string[] = [];
    let own = Math.floor(this.#left * share);
    for (const text of texts) {
      const length = text.length + 1;
      if (length > own) continue;
      own -= length;
      this.#left -= length;
      lines.push(text);
    }
    return { lines, left: texts.length - lines.length };
  }
}
